/* docs: see docs.h. */
#include "core/docs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/i18n.h"
#include "core/opt.h"

static const char about[] =
	N_("From an empty folder to your own minimal Linux running in QEMU: kernel options, init, initramfs, boot.");

static const struct {
	int status;
	const char *meaning;
} exits[] = {
	{0, "done"},
	{1, "an error: what failed, why, and what to do is on standard error"},
	{2, "wrong usage"},
	{3, "the guest kernel panicked"},
	{4, "the guest ended before what was expected came"},
	{5, "time ran out"},
	{130, "cancelled"},
};

static const struct {
	const char *name, *meaning;
} variables[] = {
	{"KILN_LAB", "the lab to work in"},
	{"KILN_KERNEL", "kernel tree or tarball, when kernel.source is not set"},
	{"KILN_CACHE", "cache folder (default: $XDG_CACHE_HOME/kiln or ~/.cache/kiln)"},
	{"KILN_DATA", "kiln's shipped data, when it is not found beside the program"},
	{"KILN_NO_INSTALL", "1: make run and make check only print the missing packages"},
};

/* Bytes and columns up to where a line may break next: at a blank, or beside a wide character. */
static int piece(const char *s, int *columns)
{
	int n = 0, width, last = 0;
	*columns = 0;
	while (s[n] != '\0' && strchr(" \n", s[n]) == NULL) {
		int len = str_char(s + n, &width);
		if (n > 0 && (width == 2 || last == 2) && !str_closes(s + n))
			break;
		n += len;
		*columns += width;
		last = width;
	}
	return n;
}

/* Print text in lines of at most 78 columns with this indent. */
static void wrap(FILE *out, const char *text, int indent)
{
	int col = 0, columns;
	while (*text != '\0') {
		int blanks = (int)strspn(text, " \n"), n = piece(text + blanks, &columns);
		text += blanks;
		if (n == 0)
			break;
		bool blank = col > 0 && blanks > 0;
		if (col > 0 && col + blank + columns > 78) {
			fputc('\n', out);
			col = 0;
		}
		blank = blank && col > 0;
		fprintf(out, "%*s%.*s", col == 0 ? indent : blank, "", n, text);
		col += (col == 0 ? indent : blank) + columns;
		text += n;
	}
	fputc('\n', out);
}

static void option_row(FILE *out, const struct cmd_opt *o)
{
	char left[64];
	snprintf(left, sizeof(left), "%s%c%s--%s%s%s", o->letter ? "-" : "", o->letter ? o->letter : ' ',
		o->letter ? ", " : "   ", o->name, o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
	fprintf(out, "  %-26s ", left);
	if (strlen(left) > 26)
		fprintf(out, "\n%29s", "");
	fprintf(out, "%s\n", _(o->help));
}

void docs_help(FILE *out, const struct cmd_table *t)
{
	fprintf(out, "kiln %s: %s\n\n", KILN_VERSION, _(about));
	fprintf(out, "%s", _("usage: kiln [OPTION…] [COMMAND [ARGUMENT…]]\n\n"));
	fprintf(out, "%s\n\n%s\n", _("Without a command: the screen on a terminal; else the whole way, headless."),
		_("commands:"));
	for (size_t i = 0; i < t->n; i++)
		if (!(t->row[i]->flags & CMD_SCREEN))
			fprintf(out, "  %-10s %s\n", t->row[i]->name, _(t->row[i]->help));
	fprintf(out, "\n%s\n", _("options:"));
	for (const struct cmd_opt *o = cli_options(); o->name != NULL; o++)
		option_row(out, o);
	fprintf(out, "\n%s\n",
		_("`kiln help COMMAND` tells more; `kiln help settings` lists what kiln.conf may hold."));
}

void docs_command(FILE *out, const struct cmd *cmd)
{
	fprintf(out, "%s %s%s%s%s%s\n\n", _("usage:"), cmd->flags & CMD_SCREEN ? "" : "kiln ", cmd->name,
		cmd->option != NULL ? _(" [OPTION…]") : "", cmd->args[0] != '\0' ? " " : "", cmd->args);
	wrap(out, _(cmd->help), 0);
	if (cmd->about != NULL) {
		fputc('\n', out);
		wrap(out, _(cmd->about), 0);
	}
	if (cmd->option == NULL)
		return;
	fprintf(out, "\n%s\n", _("options:"));
	for (const struct cmd_opt *o = cmd->option; o->name != NULL; o++)
		option_row(out, o);
}

void docs_settings(FILE *out)
{
	size_t n;
	const struct opt_row *row = opt_rows(&n);
	fprintf(out, "%s\n", _("Settings of kiln.conf (`key = value`), also for one run as -o KEY=VALUE:"));
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "\n  %s = %s%s%s\n", row[i].key, row[i].def[0] != '\0' ? row[i].def : _("(empty)"),
			row[i].unit[0] != '\0' ? " " : "", row[i].unit);
		wrap(out, _(row[i].help), 6);
		if (row[i].choices != NULL)
			fprintf(out, _("      one of %s\n"), row[i].choices);
	}
}

/* Text with the characters that man(7) would take as its own escaped. */
static void roff(FILE *out, const char *s)
{
	if (*s == '.' || *s == '\'')
		fputs("\\&", out);
	for (; *s != '\0'; s++) {
		if (*s == '\\')
			fputs("\\e", out);
		else if (*s == '-')
			fputs("\\-", out);
		else if (strncmp(s, "…", 3) == 0) {
			fputs("...", out);
			s += 2;
		} else
			fputc(*s, out);
	}
}

static void roff_item(FILE *out, const char *term, const char *value, const char *text)
{
	fputs(".TP\n.B ", out);
	roff(out, term);
	if (value != NULL && *value != '\0') {
		fputs(" \\fI", out);
		roff(out, value);
		fputs("\\fR", out);
	}
	fputc('\n', out);
	roff(out, text);
	fputc('\n', out);
}

static void man_options(FILE *out, const struct cmd_opt *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		char term[64];
		if (o->letter)
			snprintf(term, sizeof(term), "-%c, --%s", o->letter, o->name);
		else
			snprintf(term, sizeof(term), "--%s", o->name);
		roff_item(out, term, o->value, o->help);
	}
}

static void man_commands(FILE *out, const struct cmd_table *t)
{
	fputs(".SH COMMANDS\n", out);
	for (size_t i = 0; i < t->n; i++) {
		const struct cmd *c = t->row[i];
		fprintf(out, ".SS %s ", c->name);
		roff(out, c->args);
		fputc('\n', out);
		roff(out, c->help);
		fputs(".\n", out);
		if (c->about != NULL) {
			fputs(".PP\n", out);
			roff(out, c->about);
			fputc('\n', out);
		}
		man_options(out, c->option);
	}
}

static void man_settings(FILE *out)
{
	size_t n;
	const struct opt_row *row = opt_rows(&n);
	fputs(".SH SETTINGS\nLines of kiln.conf in the lab, or \\-o for one run.\n", out);
	for (size_t i = 0; i < n; i++)
		roff_item(out, row[i].key, row[i].def, row[i].help);
}

void docs_man(FILE *out, const struct cmd_table *t)
{
	fprintf(out,
		".TH KILN 1 \"\" \"kiln %s\" \"User Commands\"\n.SH NAME\nkiln \\- your own minimal Linux, from an "
		"empty folder to a prompt\n.SH SYNOPSIS\n.B kiln\n[\\fIoption\\fR...] [\\fIcommand\\fR "
		"[\\fIargument\\fR...]]\n.SH DESCRIPTION\n%s\n.SH OPTIONS\n",
		KILN_VERSION, about);
	man_options(out, cli_options());
	man_commands(out, t);
	man_settings(out);
	fputs(".SH ENVIRONMENT\n", out);
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		roff_item(out, variables[i].name, NULL, variables[i].meaning);
	fputs(".SH EXIT STATUS\n", out);
	for (size_t i = 0; i < ARRAY_LEN(exits); i++) {
		char status[16];
		snprintf(status, sizeof(status), "%d", exits[i].status);
		roff_item(out, status, NULL, exits[i].meaning);
	}
}

void docs_man_text(FILE *out, const char *title, const char *text)
{
	fputs(".SH ", out);
	for (; *title != '\0'; title++)
		fputc(toupper((unsigned char)*title), out);
	fputs("\n.nf\n", out);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);
		roff(out, line);
		fputc('\n', out);
		free(line);
		text += n + (text[n] == '\n');
	}
	fputs(".fi\n", out);
}

static void words_of(FILE *out, const struct cmd_opt *o)
{
	for (; o != NULL && o->name != NULL; o++)
		fprintf(out, " --%s", o->name);
}

/* One function serves bash and, through bashcompinit, zsh. */
static void bash_completion(FILE *out, const struct cmd_table *t)
{
	fputs("_kiln() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd= w\n\tfor w in "
	      "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	      "\t\tcase $w in -*) ;; *) cmd=$w; break ;; esac\n\tdone\n\tlocal words=\n\tcase $cmd in\n",
		out);
	for (size_t i = 0; i < t->n; i++) {
		fprintf(out, "\t%s) words=\"", t->row[i]->name);
		words_of(out, t->row[i]->option);
		fputs(" --json --verbose --quiet\" ;;\n", out);
	}
	fputs("\t'') words=\"", out);
	for (size_t i = 0; i < t->n; i++)
		fprintf(out, " %s", t->row[i]->name);
	words_of(out, cli_options());
	fputs("\" ;;\n\tesac\n\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n}\ncomplete -o default -F _kiln "
	      "kiln\n",
		out);
}

static void fish_option(FILE *out, const char *condition, const struct cmd_opt *o)
{
	for (; o != NULL && o->name != NULL; o++) {
		char *help = xstrdup(o->help);
		for (char *p = help; *p != '\0'; p++)
			if (*p == '\'' || *p == '\\')
				*p = ' ';
		fprintf(out, "complete -c kiln %s -l %s%s -d '%s'\n", condition, o->name, o->value != NULL ? " -r" : "",
			help);
		free(help);
	}
}

static void fish_completion(FILE *out, const struct cmd_table *t)
{
	fish_option(out, "", cli_options());
	for (size_t i = 0; i < t->n; i++) {
		char *when = xasprintf("-n '__fish_seen_subcommand_from %s'", t->row[i]->name);
		fprintf(out, "complete -c kiln -n __fish_use_subcommand -f -a %s\n", t->row[i]->name);
		fish_option(out, when, t->row[i]->option);
		free(when);
	}
}

int docs_completion(FILE *out, const struct cmd_table *t, const char *shell)
{
	if (strcmp(shell, "zsh") == 0)
		fputs("autoload -U +X bashcompinit && bashcompinit\n", out);
	if (strcmp(shell, "bash") == 0 || strcmp(shell, "zsh") == 0)
		bash_completion(out, t);
	else if (strcmp(shell, "fish") == 0)
		fish_completion(out, t);
	else
		return -1;
	return 0;
}
