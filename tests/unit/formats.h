/* formats: strict readers of what `kiln grade` writes, each by its published rules and by nothing of the writer's code:
 * TAP 14 (testanything.org), well-formed XML 1.0 with JUnit's elements and counts, Gradescope's results.json, GitHub's
 * workflow commands, RFC 4180. They return NULL, or what is wrong. */
#ifndef KILN_TEST_FORMATS_H
#define KILN_TEST_FORMATS_H

#include <ctype.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Control characters a terminal would act on, and what is no UTF-8. */
static const char *fmt_text(const char *s, size_t n, const char *controls)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if ((c < 0x20 && (c == 0 || strchr(controls, c) == NULL)) || c == 0x7f)
			return "a control character";
		if (c < 0x80)
			continue;
		int more = c >= 0xf0 && c < 0xf5 ? 3 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0 ? 1 : 0;
		if (more == 0)
			return "not UTF-8";
		for (; more > 0; more--)
			if (++i >= n || ((unsigned char)s[i] & 0xc0) != 0x80)
				return "not UTF-8";
	}
	return NULL;
}

static bool fmt_starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* --- TAP 14 --- */

static const char *fmt_tap_yaml(const char *line)
{
	const char *colon = strstr(line, ": ");
	if (colon == NULL)
		return "a YAML line without `key: value`";
	for (const char *k = line + 2; k < colon; k++)
		if (!islower((unsigned char)*k))
			return "an odd YAML key";
	const char *v = colon + 2;
	if (*v != '"')
		return strpbrk(v, ":#\"'{}[]&*!|>%@`") != NULL ? "a plain YAML scalar with an indicator" : NULL;
	for (v++; *v != '"'; v++) {
		if (*v == '\0')
			return "a YAML string without an end";
		if (*v == '\\' && strchr("nt\"\\", *++v) == NULL)
			return "an unknown YAML escape";
	}
	return v[1] == '\0' ? NULL : "more after a YAML string";
}

/* "ok 3 - words" with every # and \ escaped, as they would begin a directive. */
static const char *fmt_tap_test(const char *line, long number)
{
	char *end;
	const char *s = fmt_starts(line, "not ") ? line + 4 : line;
	if (!fmt_starts(s, "ok ") || strtol(s + 3, &end, 10) != number || !fmt_starts(end, " - "))
		return "no test line, or out of order";
	for (s = end + 3; *s != '\0'; s++)
		if (*s == '#' || (*s == '\\' && *++s != '\\' && *s != '#'))
			return "an unescaped # or a stray \\";
	return NULL;
}

static const char *fmt_tap_line(const char *line, int number, long *plan, long *tests, int *yaml)
{
	if (number == 1)
		return strcmp(line, "TAP version 14") == 0 ? NULL : "the first line is not `TAP version 14`";
	if (number == 2)
		return sscanf(line, "1..%ld", plan) == 1 ? NULL : "the plan is not in the second line";
	if (*yaml == 1) {
		if (strcmp(line, "  ...") == 0)
			*yaml = 2;
		return *yaml == 2 ? NULL : fmt_starts(line, "  ") ? fmt_tap_yaml(line) : "a YAML line without indent";
	}
	if (strcmp(line, "  ---") == 0) {
		bool ok = *yaml == 0 && *tests > 0;
		*yaml = 1;
		return ok ? NULL : "a YAML block without a test";
	}
	if (line[0] == '#')
		return NULL;
	*yaml = 0;
	return fmt_tap_test(line, ++*tests);
}

static const char *fmt_tap(const char *text, size_t n)
{
	long plan = -1, tests = 0;
	int number = 0, yaml = 2;
	const char *why = fmt_text(text, n, "\n");
	if (why != NULL || n == 0 || text[n - 1] != '\n')
		return why != NULL ? why : "no newline at the end";
	char *copy = strdup(text), *at = copy;
	for (char *nl; why == NULL && (nl = strchr(at, '\n')) != NULL; at = nl + 1) {
		*nl = '\0';
		why = fmt_tap_line(at, ++number, &plan, &tests, &yaml);
	}
	free(copy);
	return why != NULL ? why : yaml == 1 ? "a YAML block without an end" : plan != tests ? "plan and tests differ" : NULL;
}

/* --- XML and JUnit --- */

struct fmt_xml {
	const char *at;
	char stack[8][32];
	int depth;
	long tests, failures, errors, skipped; /* seen */
	long want[4];                          /* of the open testsuite */
	long all_tests, all_want;
};

static const char *fmt_entity(struct fmt_xml *x)
{
	static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#10;"};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (fmt_starts(x->at, known[i])) {
			x->at += strlen(known[i]);
			return NULL;
		}
	return "an unknown entity";
}

/* Attributes up to > or />. *empty: />. */
static const char *fmt_attributes(struct fmt_xml *x, const char *name, bool *empty)
{
	static const char *const counts[] = {"tests", "failures", "errors", "skipped"};
	for (;;) {
		x->at += strspn(x->at, " ");
		*empty = fmt_starts(x->at, "/>");
		if (*empty || *x->at == '>') {
			x->at += *empty ? 2 : 1;
			return NULL;
		}
		size_t n = strspn(x->at, "abcdefghijklmnopqrstuvwxyz");
		const char *key = x->at;
		if (n == 0 || !fmt_starts(x->at + n, "=\""))
			return "an odd attribute";
		x->at += n + 2;
		for (int i = 0; i < 4; i++)
			if (strlen(counts[i]) == n && strncmp(key, counts[i], n) == 0) {
				if (strcmp(name, "testsuite") == 0)
					x->want[i] = strtol(x->at, NULL, 10);
				else if (i == 0)
					x->all_want = strtol(x->at, NULL, 10);
			}
		while (*x->at != '"') {
			const char *why = *x->at == '&' ? fmt_entity(x) : NULL;
			if (why != NULL || *x->at == '<' || *x->at == '\0')
				return why != NULL ? why : "< or the end within an attribute";
			if (*x->at != '"')
				x->at++;
		}
		x->at++;
	}
}

static const char *fmt_close(struct fmt_xml *x, const char *name)
{
	if (x->depth == 0 || strcmp(x->stack[x->depth - 1], name) != 0)
		return "an end tag that does not match";
	x->depth--;
	if (strcmp(name, "testsuite") == 0) {
		bool same = x->tests == x->want[0] && x->failures == x->want[1] && x->errors == x->want[2] &&
			    x->skipped == x->want[3];
		x->all_tests += x->tests;
		x->tests = x->failures = x->errors = x->skipped = 0;
		return same ? NULL : "a testsuite's counts differ from its cases";
	}
	return NULL;
}

static const char *fmt_open(struct fmt_xml *x, const char *name)
{
	static const char *const in[][2] = {{"testsuites", ""}, {"testsuite", "testsuites"}, {"testcase", "testsuite"},
		{"failure", "testcase"}, {"error", "testcase"}, {"skipped", "testcase"}, {"system-out", "testsuite"}};
	const char *parent = x->depth > 0 ? x->stack[x->depth - 1] : "";
	bool known = false, empty;
	for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++)
		known = known || (strcmp(in[i][0], name) == 0 && strcmp(in[i][1], parent) == 0);
	if (!known || x->depth == 8)
		return "an element that JUnit does not have there";
	x->tests += strcmp(name, "testcase") == 0;
	x->failures += strcmp(name, "failure") == 0;
	x->errors += strcmp(name, "error") == 0;
	x->skipped += strcmp(name, "skipped") == 0;
	const char *why = fmt_attributes(x, name, &empty);
	snprintf(x->stack[x->depth++], sizeof(x->stack[0]), "%s", name);
	return why != NULL ? why : empty ? fmt_close(x, name) : NULL;
}

static const char *fmt_tag(struct fmt_xml *x)
{
	char name[32];
	bool end = x->at[1] == '/';
	size_t n = strspn(x->at + 1 + end, "abcdefghijklmnopqrstuvwxyz-");
	if (n == 0 || n >= sizeof(name))
		return "an odd tag";
	snprintf(name, sizeof(name), "%.*s", (int)n, x->at + 1 + end);
	x->at += 1 + end + n;
	if (!end)
		return fmt_open(x, name);
	return *x->at++ == '>' ? fmt_close(x, name) : "an odd end tag";
}

static const char *fmt_junit(const char *text, size_t n)
{
	static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
	struct fmt_xml x = {.at = text + strlen(head)};
	const char *why = fmt_text(text, n, "\t\n");
	if (why != NULL || !fmt_starts(text, head))
		return why != NULL ? why : "no XML declaration";
	while (why == NULL && *x.at != '\0') {
		if (*x.at == '<')
			why = fmt_tag(&x);
		else if (*x.at == '&')
			why = fmt_entity(&x);
		else if (fmt_starts(x.at, "]]>"))
			why = "]]> in text";
		else
			x.at++;
	}
	return why != NULL             ? why
	       : x.depth != 0          ? "an element without an end"
	       : x.all_tests != x.all_want ? "testsuites counts other than its suites"
					   : NULL;
}

/* --- Gradescope --- */

static bool fmt_one_of(const char *v, const char *list)
{
	const char *at = v != NULL ? strstr(list, v) : NULL;
	return at != NULL && strlen(v) > 0 && (at == list || at[-1] == ' ') && strchr(" ", at[strlen(v)]) != NULL;
}

static const char *fmt_gradescope_test(struct json_object *t, double *score)
{
	json_object_object_foreach(t, key, v) {
		enum json_type type = json_object_get_type(v);
		bool number = type == json_type_double || type == json_type_int, text = type == json_type_string;
		const char *s = text ? json_object_get_string(v) : NULL;
		bool ok = fmt_one_of(key, "score max_score")                    ? number
			  : fmt_one_of(key, "status")                          ? fmt_one_of(s, "passed failed")
			  : fmt_one_of(key, "name number output")              ? text
			  : fmt_one_of(key, "name_format output_format")       ? fmt_one_of(s, "text html simple_format md ansi")
			  : fmt_one_of(key, "visibility")
				  ? fmt_one_of(s, "hidden after_due_date after_published visible")
			  : strcmp(key, "tags") == 0       ? type == json_type_array
			  : strcmp(key, "extra_data") == 0 ? type == json_type_object
							   : false;
		if (!ok)
			return "a test has a field that is unknown or of the wrong kind";
		if (strcmp(key, "score") == 0)
			*score += json_object_get_double(v);
	}
	return NULL;
}

static const char *fmt_gradescope(const char *text, size_t n)
{
	enum json_tokener_error je;
	struct json_object *o = json_tokener_parse_verbose(text, &je), *tests = NULL, *total = NULL;
	const char *why = fmt_text(text, n, "\n");
	double score = 0;
	if (why == NULL && (o == NULL || !json_object_is_type(o, json_type_object)))
		why = "no JSON object";
	if (why == NULL && (!json_object_object_get_ex(o, "tests", &tests) || !json_object_is_type(tests, json_type_array)))
		why = "no list of tests";
	for (size_t i = 0; why == NULL && i < json_object_array_length(tests); i++)
		why = fmt_gradescope_test(json_object_array_get_idx(tests, i), &score);
	if (why == NULL) {
		json_object_object_foreach(o, key, v) {
			(void)v;
			if (!fmt_one_of(key, "score execution_time output output_format test_output_format test_name_format "
					     "visibility stdout_visibility extra_data tests leaderboard"))
				why = "an unknown field";
		}
	}
	if (why == NULL && json_object_object_get_ex(o, "score", &total)) {
		double d = json_object_get_double(total) - score;
		if (d > 0.05 || d < -0.05)
			why = "the score is not the sum of the tests'";
	}
	json_object_put(o);
	return why;
}

/* --- GitHub --- */

static const char *fmt_escapes(const char *s, size_t n, bool property)
{
	for (size_t i = 0; i < n; i++) {
		if (property && (s[i] == ':' || s[i] == ','))
			return "an unescaped : or , in a property";
		if (s[i] == '%' && (i + 2 >= n || (strncmp(s + i, "%25", 3) != 0 && strncmp(s + i, "%0D", 3) != 0 &&
							  strncmp(s + i, "%0A", 3) != 0 && strncmp(s + i, "%3A", 3) != 0 &&
							  strncmp(s + i, "%2C", 3) != 0)))
			return "a stray %";
	}
	return NULL;
}

static const char *fmt_github(const char *text, size_t n)
{
	const char *why = fmt_text(text, n, "\t\n");
	while (why == NULL && *text != '\0') {
		size_t line = strcspn(text, "\n");
		char level[16] = "";
		int used = 0;
		sscanf(text, "::%15[a-z] title=%n", level, &used);
		const char *title = text + used, *end = strstr(title, "::");
		if (used == 0 || !fmt_one_of(level, "error warning notice") || end == NULL || end > text + line)
			return "a line that is no workflow command";
		why = fmt_escapes(title, (size_t)(end - title), true);
		if (why == NULL)
			why = fmt_escapes(end + 2, line - (size_t)(end + 2 - text), false);
		text += line + (text[line] == '\n');
	}
	return why;
}

/* --- CSV --- */

/* One cell; *at is left after its separator. end: it was the record's last. */
static const char *fmt_csv_cell(const char **at, bool *end)
{
	const char *s = *at;
	if (*s == '"') {
		if (strchr("=+-@\t\r\n|%", s[1]) != NULL)
			return "a cell that a spreadsheet would calculate";
		for (s++; *s != '"' || s[1] == '"'; s += *s == '"' ? 2 : 1)
			if (*s == '\0')
				return "a quote without an end";
		s++;
	} else {
		size_t n = strcspn(s, ",\r\n\"");
		if (n > 0 && strchr("=+-@", *s) != NULL)
			return "a cell that a spreadsheet would calculate";
		s += n;
	}
	*end = fmt_starts(s, "\r\n");
	if (!*end && *s != ',')
		return "neither a comma nor CRLF after a cell";
	*at = s + (*end ? 2 : 1);
	return NULL;
}

static const char *fmt_csv(const char *text, size_t n)
{
	const char *why = fmt_text(text, n, "\t\r\n");
	int columns = 0;
	while (why == NULL && *text != '\0') {
		int count = 0;
		for (bool end = false; why == NULL && !end; count++)
			why = fmt_csv_cell(&text, &end);
		if (why == NULL && columns != 0 && count != columns)
			why = "records of different length";
		columns = count;
	}
	return why;
}

static const char *fmt_check(const char *format, const char *text, size_t n)
{
	return strcmp(format, "tap") == 0          ? fmt_tap(text, n)
	       : strcmp(format, "junit") == 0      ? fmt_junit(text, n)
	       : strcmp(format, "gradescope") == 0 ? fmt_gradescope(text, n)
	       : strcmp(format, "github") == 0     ? fmt_github(text, n)
	       : strcmp(format, "csv") == 0        ? fmt_csv(text, n)
	       : strcmp(format, "text") == 0       ? fmt_text(text, n, "\t\n")
						   : "no such format";
}

#endif
