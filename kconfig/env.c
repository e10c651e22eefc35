/* env: see env.h. Only what the Kconfig files, their macros and their scripts look at is set. */
#include "env.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rt.h"

static const struct {
	const char *name, *value;
} fixed[] = {
	{"objtree", "."},
	{"ARCH", "x86"},
	{"SRCARCH", "x86"},
	{"SUBARCH", "x86"},
	{"UTS_MACHINE", "x86_64"},
	{"CROSS_COMPILE", ""},
	{"LD", "ld"},
	{"AR", "ar"},
	{"NM", "nm"},
	{"OBJCOPY", "objcopy"},
	{"OBJDUMP", "objdump"},
	{"READELF", "readelf"},
	{"STRIP", "strip"},
	{"PAHOLE", "pahole"},
	{"HOSTCC", "gcc"},
	{"HOSTCXX", "g++"},
	{"RUSTC", "rustc"},
	{"HOSTRUSTC", "rustc"},
	{"BINDGEN", "bindgen"},
	{"LEX", "flex"},
	{"YACC", "bison"},
	{"AWK", "awk"},
	{"PERL", "perl"},
	{"PYTHON3", "python3"},
	{"BASH", "bash"},
	{"CHECK", "sparse"},
	{"CONFIG_SHELL", "sh"},
	{"HOSTPKG_CONFIG", "pkg-config"},
	{"RUSTC_BOOTSTRAP", "1"},
	{"LC_COLLATE", "C"},
	{"LC_NUMERIC", "C"},
	{"KCONFIG_OVERWRITECONFIG", "1"},
};
/* What would change the parser's or the probes' behaviour and is not the makefile's. */
static const char *const unwanted[] = {"LC_ALL", "GREP_OPTIONS", "CONFIG_", "KCONFIG_CONFIG", "KCONFIG_ALLCONFIG",
	"KCONFIG_DEFCONFIG_LIST", "KCONFIG_WERROR", "KCONFIG_WARN_UNKNOWN_SYMBOLS", "KCONFIG_AUTOCONFIG",
	"KCONFIG_AUTOHEADER", "KCONFIG_NOSILENTUPDATE", "KCONFIG_SEED", "KCONFIG_PROBABILITY", "ZCONF_DEBUG",
	"CLANG_FLAGS", "LLVM", "LLVM_IAS", "USERCFLAGS", "USERLDFLAGS", "CROSS_COMPILE_COMPAT", "HEADER_ARCH",
	"MAKEFLAGS", "KBUILD_KCONFIG"};
static const char *const tools[] = {"cc", "as", "ld", "ar", "nm", "objcopy", "objdump", "readelf", "strip", "pahole",
	"gcc", "g++", "rustc", "bindgen", "awk", "perl", "python3", "bash", "sh", "pkg-config"};
/* The user's environment that reaches the tools. */
static const char *const passed[] = {"PATH", "LANG", "LANGUAGE", "LC_CTYPE", "LC_MESSAGES", "HOME", "RUSTUP_HOME",
	"RUSTUP_TOOLCHAIN", "CARGO_HOME", "GCC_EXEC_PREFIX", "COMPILER_PATH", "LIBRARY_PATH", "CPATH", "C_INCLUDE_PATH",
	"LD_LIBRARY_PATH"};

#define N(a) (sizeof(a) / sizeof((a)[0]))

static char tree_path[4096], version[128];

const char *env_tree(void)
{
	return tree_path;
}

const char *env_version(void)
{
	return version;
}

/* The value of `NAME = value` in the head of the top makefile. */
static void makefile_value(FILE *f, const char *name, char *value, size_t size)
{
	char line[512];
	value[0] = '\0';
	rewind(f);
	for (int i = 0; i < 40 && fgets(line, sizeof(line), f) != NULL; i++) {
		size_t n = strlen(name);
		if (strncmp(line, name, n) != 0 || (line[n] != ' ' && line[n] != '='))
			continue;
		char *v = strchr(line, '=');
		if (v == NULL)
			continue;
		v += 1 + strspn(v + 1, " \t");
		v[strcspn(v, " \t\r\n#")] = '\0';
		snprintf(value, size, "%s", v);
		return;
	}
}

static int read_version(void)
{
	char path[4200], v[4][24];
	static const char *const part[] = {"VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"};
	snprintf(path, sizeof(path), "%s/Makefile", tree_path);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return -1;
	for (size_t i = 0; i < N(part); i++)
		makefile_value(f, part[i], v[i], sizeof(v[i]));
	fclose(f);
	snprintf(version, sizeof(version), "%s%s%s%s%s%s", v[0], v[1][0] != '\0' ? "." : "", v[1],
		v[1][0] != '\0' && v[2][0] != '\0' ? "." : "", v[1][0] != '\0' ? v[2] : "", v[3]);
	for (size_t i = 0; i < N(part); i++)
		setenv(part[i], v[i], 1);
	setenv("KERNELVERSION", version, 1);
	return 0;
}

static void add_stat(FILE *out, const char *what, const char *path)
{
	struct stat st;
	if (stat(path, &st) < 0)
		fprintf(out, "%s=%s absent\n", what, path);
	else
		fprintf(out, "%s=%s %lld %lld.%09ld %llu\n", what, path, (long long)st.st_size,
			(long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (unsigned long long)st.st_ino);
}

/* Where PATH finds a tool, and which file that is. */
static void add_tool(FILE *out, const char *tool)
{
	const char *path = getenv("PATH");
	char full[4096];
	while (path != NULL && *path != '\0') {
		size_t n = strcspn(path, ":");
		snprintf(full, sizeof(full), "%.*s/%s", (int)n, path, tool);
		if (access(full, X_OK) == 0) {
			add_stat(out, tool, full);
			return;
		}
		path += n + (path[n] == ':');
	}
	fprintf(out, "%s absent\n", tool);
}

static void add_path_folders(FILE *out)
{
	const char *path = getenv("PATH");
	char full[4096];
	while (path != NULL && *path != '\0') {
		size_t n = strcspn(path, ":");
		snprintf(full, sizeof(full), "%.*s", (int)n, path);
		add_stat(out, "folder", full);
		path += n + (path[n] == ':');
	}
}

static int compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* The scripts that the probes run. */
static void add_scripts(FILE *out)
{
	char path[8192];
	struct dirent **v = NULL;
	snprintf(path, sizeof(path), "%s/scripts", tree_path);
	int n = scandir(path, &v, no_dots, compare);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/scripts/%s", tree_path, v[i]->d_name);
		add_stat(out, "script", path);
		free(v[i]);
	}
	free(v);
}

static char *fingerprint(const char *cc)
{
	char *text = NULL, first[256];
	size_t n;
	FILE *out = open_memstream(&text, &n);
	if (out == NULL)
		return NULL;
	fprintf(out, "tree=%s %s\nCC=%s\n", tree_path, version, cc);
	for (size_t i = 0; i < N(passed); i++)
		fprintf(out, "%s=%s\n", passed[i], getenv(passed[i]) != NULL ? getenv(passed[i]) : "(unset)");
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(cc, " "), cc);
	add_tool(out, first);
	for (size_t i = 0; i < N(tools); i++)
		add_tool(out, tools[i]);
	add_path_folders(out);
	add_stat(out, "packages", "/var/lib/dpkg/status");
	add_scripts(out);
	fclose(out);
	return text;
}

char *env_set(const char *tree, const char *cc)
{
	char cpp[4200];
	snprintf(tree_path, sizeof(tree_path), "%s", tree);
	for (size_t i = 0; i < N(unwanted); i++)
		unsetenv(unwanted[i]);
	for (size_t i = 0; i < N(fixed); i++)
		setenv(fixed[i].name, fixed[i].value, 1);
	snprintf(cpp, sizeof(cpp), "%s -E", cc);
	setenv("srctree", tree, 1);
	setenv("CC", cc, 1);
	setenv("CPP", cpp, 1);
	return read_version() == 0 ? fingerprint(cc) : NULL;
}

/* The first line that a command prints, without `#`, as the makefile takes it. */
static void set_from(const char *name, const char *command)
{
	char line[1024] = "", clean[1024];
	size_t n = 0;
	FILE *f = rt_popen(command, "r");
	if (f == NULL)
		return;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	rt_pclose(f);
	for (const char *c = line; *c != '\0' && *c != '\n'; c++)
		if (*c != '#')
			clean[n++] = *c;
	clean[n] = '\0';
	setenv(name, clean, 1);
}

void env_set_versions(void)
{
	char command[4300];
	snprintf(command, sizeof(command), "LC_ALL=C %s --version 2>/dev/null | head -n 1", getenv("CC"));
	set_from("CC_VERSION_TEXT", command);
	const char *text = getenv("CC_VERSION_TEXT");
	if (text != NULL &&
		strstr(text, "clang") != NULL) { /* by the tree's own rules, as its makefile includes them */
		snprintf(command, sizeof(command),
			"printf 'include %%s/scripts/Makefile.clang\\nkiln:\\n\\t@echo $(CLANG_FLAGS)\\n' \"$srctree\" "
			"| "
			"make --no-print-directory -s -f - kiln 2>/dev/null");
		set_from("CLANG_FLAGS", command);
	}
	set_from("RUSTC_VERSION_TEXT", "rustc --version 2>/dev/null");
}
