/* rt: the world as the tree's parser sees it: its popen (answers of $(shell …) are remembered), fopen (texts in memory;
 * which files were read), exit (its last words become a frame) and its standard output and error (caught). */
#ifndef KILN_KCONFIG_RT_H
#define KILN_KCONFIG_RT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The name under which texts in memory are written. */
#define RT_OUT "kiln-memory"

/* Catch stdout and stderr from now on. */
void rt_capture(void);
/* Send everything caught as KCP_MSG frames (drop = true: throw it away). */
void rt_messages(bool drop);
/* What the tree's sources call instead of popen, pclose and fopen. */
FILE *rt_popen(const char *command, const char *mode);
int rt_pclose(FILE *f);
FILE *rt_fopen(const char *name, const char *mode);
/* The parser's next fopen(name, "r") reads this text (borrowed until then). NULL: the real file again. */
void rt_give_file(const char *name, const char *text, size_t n);
/* What was written to RT_OUT. Returns owned, length in *n. */
char *rt_take_output(size_t *n);

/* Folder in which probes and conf may write; made when first needed, removed at the end. NULL with errno. */
const char *rt_scratch(void);
void rt_scratch_remove(void);
/* The exit of the parser: KCP_FATAL with its last words. */
void rt_exit(int status) __attribute__((noreturn));
/* In a forked child: exits are real, nothing is sent. */
void rt_in_child(void);

/* Write the names of all files that the parser read, NUL after each, as it asked for them. */
void rt_save_files(const char *path);
/* Those names themselves. Borrowed. */
const char *rt_files(size_t *n);

void rt_conf_parse(const char *name);

#endif
