/* modes: the tree's own conf, whole, in a fork of this process, so that nothing is parsed again; and tinyconfig, which
 * the tree's makefile composes of conf runs and fragments. Called by main.c. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env.h"
#include "session.h"

int kconf_main(int argc, char **argv);

static int write_file(const char *name, const char *p, size_t n)
{
	FILE *out = fopen(name, "w");
	if (out == NULL)
		return -1;
	size_t done = n > 0 ? fwrite(p, 1, n, out) : 0;
	return fclose(out) == 0 && done == n ? 0 : -1;
}

static int read_file(const char *path, struct text *t)
{
	char chunk[65536];
	size_t n;
	FILE *in = fopen(path, "r");
	if (in == NULL)
		return -1;
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		text_add(t, chunk, n);
	fclose(in);
	return 0;
}

static void set_env_lines(const char *lines)
{
	char *copy = strdup(lines), *rest = copy, *line;
	while (copy != NULL && (line = strsep(&rest, "\n")) != NULL)
		if (strchr(line, '=') != NULL)
			putenv(strdup(line));
	free(copy);
}

static int open_onto(const char *name, int flags, int fd)
{
	int from = open(name, flags, 0600);
	int r = from < 0 ? -1 : dup2(from, fd);
	if (from >= 0)
		close(from);
	return r;
}

static void __attribute__((noreturn)) child(const struct conf_job *job)
{
	char mode[256];
	snprintf(mode, sizeof(mode), "--%s", job->mode);
	char *argv[] = {"conf", mode, "Kconfig", NULL};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rt_in_child();
	if (chdir(rt_scratch()) < 0 || open_onto("input", O_RDONLY, 0) < 0 ||
		open_onto("output", O_WRONLY | O_CREAT | O_TRUNC, 1) < 0 || dup2(1, 2) < 0)
		_exit(124);
	unsetenv("KCONFIG_OVERWRITECONFIG");
	setenv("KCONFIG_CONFIG", ".config", 1);
	set_env_lines(job->env);
	session_reset();
	conf_set_changed(true);
	optind = 0;
	int status = kconf_main(3, argv);
	fflush(NULL);
	_exit(status);
}

static int prepare(const struct conf_job *job, struct failure *f)
{
	rt_scratch_remove();
	const char *dir = rt_scratch();
	if (dir == NULL || chdir(dir) < 0 || write_file("input", job->input, job->n_input) < 0 ||
		(job->n_base > 0 && write_file(".config", job->base, job->n_base) < 0) ||
		(job->n_fragment > 0 && write_file("fragment", job->fragment, job->n_fragment) < 0)) {
		fail(f, "cannot write in a temporary folder: %s", strerror(errno));
		return -1;
	}
	return 0;
}

int conf_run(struct conf_job *job, struct failure *f)
{
	int status = -1;
	if (prepare(job, f) < 0)
		return -1;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		child(job);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (pid < 0 || read_file("output", &job->output) < 0) {
		fail(f, "conf --%s could not be run: %s", job->mode, strerror(errno));
		status = -1;
	} else {
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		read_file(strncmp(job->mode, "savedefconfig", 13) == 0 ? "defconfig" : ".config", &job->config);
	}
	if (chdir("/") < 0)
		return -1;
	rt_scratch_remove();
	return status;
}

static bool in_tree(const char *name)
{
	char path[8192];
	struct stat st;
	snprintf(path, sizeof(path), "%s/%s", env_tree(), name);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* What the lines of a fragment ask for, raw: appended behind the base without the base's own lines for them. */
static int merge_fragment(struct text *base, const char *name, struct failure *f)
{
	char path[8192];
	struct text fragment = {0};
	snprintf(path, sizeof(path), "%s/%s", env_tree(), name);
	if (read_file(path, &fragment) < 0) {
		fail(f, "cannot read %s: %s", path, strerror(errno));
		return -1;
	}
	session_merge_text(base, fragment.p != NULL ? fragment.p : "", fragment.n);
	text_done(&fragment);
	return 0;
}

static int all_no(struct text *config, struct failure *f)
{
	static const char base[] = "kernel/configs/tiny-base.config";
	char env[256] = "";
	if (in_tree(base))
		snprintf(env, sizeof(env), "KCONFIG_ALLCONFIG=%s", base);
	struct conf_job job = {.mode = "allnoconfig", .env = env, .input = ""};
	int status = conf_run(&job, f);
	if (status > 0)
		fail(f, "the tree's allnoconfig ended with status %d: %.400s", status,
			job.output.p != NULL ? job.output.p : "");
	*config = job.config;
	text_done(&job.output);
	return status == 0 ? 0 : -1;
}

int conf_tiny(struct failure *f)
{
	static const char *const fragment[] = {"kernel/configs/tiny.config", "arch/x86/configs/tiny.config"};
	struct text config = {0};
	int r = all_no(&config, f);
	for (size_t i = 0; i < sizeof(fragment) / sizeof(*fragment) && r == 0; i++)
		if (in_tree(fragment[i]))
			r = merge_fragment(&config, fragment[i], f);
	/* make runs olddefconfig here and writes: what it writes is what counts from then on */
	if (r == 0)
		r = session_load("tinyconfig", config.p, config.n, NULL, 0, f);
	if (r == 0) {
		size_t n;
		char *text = session_save(false, &n);
		r = session_load("tinyconfig", text, n, NULL, 0, f);
		free(text);
	}
	text_done(&config);
	return r;
}
