/* gradeout: a graded class as text for people and machines. All texts in the class are safe already (grade.h), each
 * format escapes what it must beyond that. The formats: tap (TAP 14 with YAML diagnostics), junit (the XML that CI
 * servers read), gradescope (results.json of one submission), github (workflow commands), csv (RFC 4180, no cell a
 * spreadsheet would take for a formula), text. */
#ifndef KILN_GRADEOUT_H
#define KILN_GRADEOUT_H

#include "core/grade.h"

/* The formats' names, separated by `|`. */
extern const char gradeout_formats[];
bool gradeout_known(const char *format);
/* gradescope describes one submission: for a class there is one document each. */
bool gradeout_is_single(const char *format);
/* Append the class (single formats: c->v[only]) to out. */
void gradeout(const char *format, const struct grade_class *c, size_t only, struct buf *out);
/* How many passed each step and lesson, as lines for people. */
void gradeout_summary(const struct grade_class *c, struct buf *out);

#endif
