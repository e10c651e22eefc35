/* gradeout: see gradeout.h. One function per format; the small ones above escape. */
#include "core/gradeout.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "core/i18n.h"

const char gradeout_formats[] = "tap|junit|gradescope|github|csv|text";

/* "alice: five/k64 A 64-bit kernel" of a step. Returns owned. */
static char *test_name(const struct grade_step *s)
{
	return xasprintf("%s/%s %s", s->lesson->id, s->step->id, s->step->title);
}

static bool passed(const struct grade_one *one, const struct grade_step *s)
{
	return one->error == NULL && s->verdict == CHECK_PASSED;
}

/* Why a step is not passed. */
static const char *reason(const struct grade_one *one, const struct grade_step *s)
{
	return one->error != NULL ? one->error : s->say != NULL ? s->say : check_verdict_name(s->verdict);
}

static const char *verdict(const struct grade_one *one, const struct grade_step *s)
{
	return one->error != NULL ? (one->trouble ? "trouble" : "malformed") : check_verdict_name(s->verdict);
}

/* --- TAP --- */

/* A description ends at an unescaped #; line breaks have no place in it. */
static void tap_words(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		if (*text == '#' || *text == '\\')
			buf_addf(out, "\\%c", *text);
		else
			buf_addc(out, *text == '\n' || *text == '\t' ? ' ' : *text);
}

/* A YAML double-quoted scalar on one line. */
static void yaml_text(struct buf *out, const char *text)
{
	buf_addc(out, '"');
	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\')
			buf_addf(out, "\\%c", *text);
		else if (*text == '\n')
			buf_adds(out, "\\n");
		else if (*text == '\t')
			buf_adds(out, "\\t");
		else
			buf_addc(out, *text);
	buf_addc(out, '"');
}

static void tap_step(struct buf *out, size_t number, const struct grade_one *one, const struct grade_step *s)
{
	char *name = test_name(s);
	buf_addf(out, "%sok %zu - ", passed(one, s) ? "" : "not ", number);
	tap_words(out, one->name);
	buf_adds(out, ": ");
	tap_words(out, name);
	buf_addf(out, "\n  ---\n  verdict: %s\n  points: %.2f\n  max: %.2f\n", verdict(one, s), s->points, s->max);
	if (s->claimed)
		buf_adds(out, "  claimed: true\n");
	if (!passed(one, s)) {
		buf_adds(out, "  message: ");
		yaml_text(out, reason(one, s));
		buf_addc(out, '\n');
	}
	buf_adds(out, "  ...\n");
	free(name);
}

static void put_tap(const struct grade_class *c, size_t only, struct buf *out)
{
	(void)only;
	buf_addf(out, "TAP version 14\n1..%zu\n", c->n * c->n_step);
	for (size_t i = 0; i < c->n; i++) {
		for (size_t n = 0; n < c->v[i].note.n; n++) {
			buf_adds(out, "# ");
			tap_words(out, c->v[i].name);
			buf_adds(out, ": ");
			tap_words(out, c->v[i].note.v[n]);
			buf_addc(out, '\n');
		}
		for (size_t k = 0; k < c->n_step; k++)
			tap_step(out, i * c->n_step + k + 1, &c->v[i], &c->v[i].step[k]);
	}
}

/* --- JUnit --- */

/* XML 1.0 knows no C0 controls but tab and line ends, escaped or not, and neither U+FFFE nor U+FFFF. */
static void xml(struct buf *out, const char *text)
{
	static const char *const entity[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
	for (; *text != '\0'; text++) {
		const char *special = strchr("&<>\"'", *text);
		if (special != NULL)
			buf_adds(out, entity[special - strchr("&<>\"'", '&')]);
		else if (*text == '\n')
			buf_adds(out, "&#10;");
		else if (strncmp(text, "\xef\xbf\xbe", 3) == 0 || strncmp(text, "\xef\xbf\xbf", 3) == 0) {
			buf_adds(out, "\xef\xbf\xbd");
			text += 2;
		} else if ((unsigned char)*text < 0x20 && *text != '\t')
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_addc(out, *text);
	}
}

static void junit_case(struct buf *out, const struct grade_one *one, const struct grade_step *s)
{
	bool ok = passed(one, s), error = one->error != NULL || s->verdict == CHECK_TROUBLE;
	const char *tag = error ? "error" : s->verdict == CHECK_SKIPPED ? "skipped" : "failure";
	buf_adds(out, "    <testcase classname=\"");
	xml(out, s->lesson->id);
	buf_adds(out, "\" name=\"");
	xml(out, s->step->id);
	buf_adds(out, ": ");
	xml(out, s->step->title);
	buf_adds(out, ok ? "\"/>\n" : "\">\n");
	if (ok)
		return;
	buf_addf(out, "      <%s message=\"", tag);
	xml(out, reason(one, s));
	if (strcmp(tag, "skipped") == 0)
		buf_adds(out, "\"/>\n");
	else
		buf_addf(out, "\" type=\"%s\"/>\n", verdict(one, s));
	buf_adds(out, "    </testcase>\n");
}

struct junit_count {
	size_t failures, errors, skipped;
};

static void junit_count(const struct grade_class *c, const struct grade_one *one, struct junit_count *n)
{
	for (size_t k = 0; k < c->n_step; k++) {
		const struct grade_step *s = &one->step[k];
		if (passed(one, s))
			continue;
		bool error = one->error != NULL || s->verdict == CHECK_TROUBLE;
		n->errors += error;
		n->skipped += !error && s->verdict == CHECK_SKIPPED;
		n->failures += !error && s->verdict == CHECK_FAILED;
	}
}

static void junit_suite(struct buf *out, const struct grade_class *c, const struct grade_one *one)
{
	struct junit_count n = {0};
	junit_count(c, one, &n);
	buf_adds(out, "  <testsuite name=\"");
	xml(out, one->name);
	buf_addf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n", c->n_step,
		n.failures, n.errors, n.skipped, one->seconds);
	for (size_t k = 0; k < c->n_step; k++)
		junit_case(out, one, &one->step[k]);
	if (one->note.n > 0) {
		buf_adds(out, "    <system-out>");
		for (size_t i = 0; i < one->note.n; i++) {
			xml(out, one->note.v[i]);
			buf_addc(out, '\n');
		}
		buf_adds(out, "</system-out>\n");
	}
	buf_adds(out, "  </testsuite>\n");
}

static void put_junit(const struct grade_class *c, size_t only, struct buf *out)
{
	struct junit_count n = {0};
	double seconds = 0;
	(void)only;
	for (size_t i = 0; i < c->n; i++) {
		junit_count(c, &c->v[i], &n);
		seconds += c->v[i].seconds;
	}
	buf_addf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kiln grade\" tests=\"%zu\" "
		"failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
		c->n * c->n_step, n.failures, n.errors, seconds);
	for (size_t i = 0; i < c->n; i++)
		junit_suite(out, c, &c->v[i]);
	buf_adds(out, "</testsuites>\n");
}

/* --- Gradescope --- */

static void put_text(struct json_object *o, const char *key, const char *text)
{
	json_object_object_add(o, key, json_object_new_string(text));
}

/* Points to two decimals, written so. */
static struct json_object *number(double x)
{
	char text[32];
	snprintf(text, sizeof(text), "%.2f", x);
	return json_object_new_double_s(strtod(text, NULL), text);
}

static struct json_object *gradescope_test(const struct grade_one *one, const struct grade_step *s, size_t i)
{
	struct json_object *t = json_object_new_object();
	char *name = test_name(s), *at = xasprintf("%zu", i + 1);
	json_object_object_add(t, "score", number(s->points));
	json_object_object_add(t, "max_score", number(s->max));
	put_text(t, "status", passed(one, s) ? "passed" : "failed");
	put_text(t, "name", name);
	put_text(t, "name_format", "text");
	put_text(t, "number", at);
	put_text(
		t, "output", passed(one, s) ? (s->claimed ? _("as the learner's progress says") : "") : reason(one, s));
	put_text(t, "output_format", "text");
	put_text(t, "visibility", s->visibility);
	free(name);
	free(at);
	return t;
}

static void put_gradescope(const struct grade_class *c, size_t only, struct buf *out)
{
	const struct grade_one *one = &c->v[only];
	struct json_object *o = json_object_new_object(), *tests = json_object_new_array();
	struct buf b = {0};
	json_object_object_add(o, "score", number(one->points));
	json_object_object_add(o, "execution_time", json_object_new_int64((int64_t)(one->seconds + 0.5)));
	if (one->error != NULL)
		buf_addf(&b, "%s\n", one->error);
	for (size_t i = 0; i < one->note.n; i++)
		buf_addf(&b, "%s\n", one->note.v[i]);
	put_text(o, "output", b.p != NULL ? b.p : "");
	put_text(o, "output_format", "text");
	put_text(o, "visibility", "visible");
	put_text(o, "stdout_visibility", "hidden");
	for (size_t k = 0; k < c->n_step; k++)
		json_object_array_add(tests, gradescope_test(one, &one->step[k], k));
	json_object_object_add(o, "tests", tests);
	buf_addf(out, "%s\n",
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
	buf_done(&b);
}

/* --- GitHub --- */

/* Workflow commands: a property ends at , or :, and everything at a line's end. */
static void github_text(struct buf *out, const char *text, bool property)
{
	for (; *text != '\0'; text++)
		if (*text == '%' || *text == '\r' || *text == '\n' || (property && (*text == ':' || *text == ',')))
			buf_addf(out, "%%%02X", (unsigned char)*text);
		else
			buf_addc(out, *text);
}

static void github_command(struct buf *out, const char *level, const char *title, const char *text)
{
	buf_addf(out, "::%s title=", level);
	github_text(out, title, true);
	buf_adds(out, "::");
	github_text(out, text, false);
	buf_addc(out, '\n');
}

static void github_one(const struct grade_class *c, const struct grade_one *one, struct buf *out)
{
	char *points = xasprintf(_("%.2f of %.2f points"), one->points, one->max);
	if (one->error != NULL)
		github_command(out, "error", one->name, one->error);
	for (size_t i = 0; i < one->note.n; i++)
		github_command(out, "warning", one->name, one->note.v[i]);
	for (size_t k = 0; k < c->n_step && one->error == NULL; k++) {
		char *name = test_name(&one->step[k]), *title = xasprintf("%s: %s", one->name, name);
		if (!passed(one, &one->step[k]))
			github_command(out, "error", title, reason(one, &one->step[k]));
		free(title);
		free(name);
	}
	github_command(out, "notice", one->name, points);
	free(points);
}

static void put_github(const struct grade_class *c, size_t only, struct buf *out)
{
	(void)only;
	for (size_t i = 0; i < c->n; i++)
		github_one(c, &c->v[i], out);
}

/* --- CSV --- */

/* Always quoted; what a spreadsheet would calculate gets an apostrophe before it. */
static void csv_cell(struct buf *out, const char *text)
{
	buf_addc(out, '"');
	if (text[0] != '\0' && strchr("=+-@\t\r\n|%", text[0]) != NULL)
		buf_addc(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_addc(out, '"');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

static void put_csv(const struct grade_class *c, size_t only, struct buf *out)
{
	(void)only;
	buf_adds(out, "submission,lesson,step,title,verdict,points,max,claimed,message\r\n");
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0; k < c->n_step; k++) {
			const struct grade_one *one = &c->v[i];
			const struct grade_step *s = &one->step[k];
			const char *cell[] = {one->name, s->lesson->id, s->step->id, s->step->title, verdict(one, s)};
			for (size_t n = 0; n < ARRAY_LEN(cell); n++) {
				csv_cell(out, cell[n]);
				buf_addc(out, ',');
			}
			buf_addf(out, "%.2f,%.2f,%s,", s->points, s->max, s->claimed ? "yes" : "no");
			csv_cell(out, passed(one, s) ? "" : reason(one, s));
			buf_adds(out, "\r\n");
		}
}

/* --- text --- */

static void indented(struct buf *out, const char *text)
{
	for (; *text != '\0'; text += strspn(text, "\n")) {
		size_t n = strcspn(text, "\n");
		buf_addf(out, "        %.*s\n", (int)n, text);
		text += n;
	}
}

static void text_one(const struct grade_class *c, const struct grade_one *one, struct buf *out)
{
	buf_addf(out, "%s  ", one->name);
	buf_addf(out, _("%.2f of %.2f points"), one->points, one->max);
	buf_addc(out, '\n');
	if (one->error != NULL) {
		buf_addf(out, _("    not graded: %s"), one->error);
		buf_addc(out, '\n');
	}
	for (size_t i = 0; i < one->note.n; i++)
		buf_addf(out, "    # %s\n", one->note.v[i]);
	for (size_t k = 0; k < c->n_step && one->error == NULL; k++) {
		const struct grade_step *s = &one->step[k];
		char *name = test_name(s);
		buf_addf(out, "    %-7s %s%s\n", check_verdict_name(s->verdict), name,
			s->claimed ? _("  (as the learner's progress says)") : "");
		if (!passed(one, s) && s->say != NULL)
			indented(out, s->say);
		free(name);
	}
}

void gradeout_summary(const struct grade_class *c, struct buf *out)
{
	size_t whole = 0, malformed = 0;
	for (size_t i = 0; i < c->n; i++) {
		whole += grade_passed(&c->v[i], c->n_step);
		malformed += c->v[i].error != NULL;
	}
	buf_addf(out, _("%zu submissions: %zu passed everything, %zu could not be graded"), c->n, whole, malformed);
	buf_addc(out, '\n');
	for (size_t k = 0; k < c->n_step; k++) {
		const struct grade_step *s = &c->v[0].step[k];
		size_t n = 0;
		for (size_t i = 0; i < c->n; i++)
			n += passed(&c->v[i], &c->v[i].step[k]);
		if (k == 0 || s->lesson != c->v[0].step[k - 1].lesson)
			buf_addf(out, "  %s  %s\n", s->lesson->id, s->lesson->title);
		buf_addf(out, "    %4zu/%zu  %s  %s\n", n, c->n, s->step->id, s->step->title);
	}
}

static void put_text_format(const struct grade_class *c, size_t only, struct buf *out)
{
	(void)only;
	for (size_t i = 0; i < c->n; i++)
		text_one(c, &c->v[i], out);
	buf_addc(out, '\n');
	gradeout_summary(c, out);
}

/* --- the table --- */

static const struct {
	const char *name;
	void (*put)(const struct grade_class *c, size_t only, struct buf *out);
	bool single;
} formats[] = {
	{"tap", put_tap, false},
	{"junit", put_junit, false},
	{"gradescope", put_gradescope, true},
	{"github", put_github, false},
	{"csv", put_csv, false},
	{"text", put_text_format, false},
};

static size_t find(const char *format)
{
	size_t i = 0;
	while (i < ARRAY_LEN(formats) && strcmp(formats[i].name, format) != 0)
		i++;
	return i;
}

bool gradeout_known(const char *format)
{
	return find(format) < ARRAY_LEN(formats);
}

bool gradeout_is_single(const char *format)
{
	return gradeout_known(format) && formats[find(format)].single;
}

void gradeout(const char *format, const struct grade_class *c, size_t only, struct buf *out)
{
	if (gradeout_known(format))
		formats[find(format)].put(c, only, out);
}
