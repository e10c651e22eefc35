/* sandbox: see sandbox.h. Landlock by its system calls (Linux 5.13 and later); rights that a kernel does not know yet
 * are left out. */
#include "core/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/i18n.h"

#define FS_READ    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_REFER   (1ull << 13) /* version 2: rename between folders */
#define FS_CUT     (1ull << 14) /* version 3: truncate */
#define FS_ALL     ((1ull << 13) - 1)
#define FS_ON_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | FS_CUT)
#define NET_ALL    3ull /* version 4: bind and connect, TCP */
#define SCOPE_ALL  3ull /* version 6: abstract sockets of others, signals to others */

/* struct landlock_ruleset_attr of the newest version; older kernels take its beginning. */
struct ruleset {
	uint64_t fs, net, scoped;
};

int sandbox_level(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return v > 0 ? (int)v : 0;
}

static uint64_t known_rights(int level)
{
	return FS_ALL | (level >= 2 ? FS_REFER : 0) | (level >= 3 ? FS_CUT : 0);
}

/* Allow rights on a folder or file. An absent one is no error. */
static int allow(int ruleset, const char *path, uint64_t rights, struct err *e)
{
	struct stat st;
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rights &= FS_ON_FILE;
	struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
	long r = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	int saved = errno;
	close(fd);
	return r == 0 ? 0 : err_sys(e, saved, _("cannot confine to %s"), path);
}

static int allow_all(int ruleset, const struct sandbox *s, uint64_t known, struct err *e)
{
	static const char *const tools[] = {"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt",
		"/etc/ld.so.cache", "/etc/alternatives", "/proc"};
	static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom",
		"/dev/kvm", "/dev/ptmx", "/dev/pts", "/dev/tty"};
	const uint64_t write = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE;
	int r = 0;
	for (size_t i = 0; i < ARRAY_LEN(tools) && r == 0; i++)
		r = allow(ruleset, tools[i], FS_READ, e);
	for (size_t i = 0; i < ARRAY_LEN(devices) && r == 0; i++)
		r = allow(ruleset, devices[i], write, e);
	for (size_t i = 0; i < s->read.n && r == 0; i++)
		r = allow(ruleset, s->read.v[i], FS_READ, e);
	for (size_t i = 0; i < s->write.n && r == 0; i++)
		r = allow(ruleset, s->write.v[i], known, e);
	return r;
}

static int restrict_folders(const struct sandbox *s, struct err *e)
{
	int level = sandbox_level();
	if (level == 0)
		return 0;
	const struct ruleset all = {known_rights(level), level >= 4 ? NET_ALL : 0, level >= 6 ? SCOPE_ALL : 0};
	size_t size = level >= 6 ? sizeof(all) : level >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
	int fd = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
	if (fd < 0)
		return err_sys(e, errno, _("Landlock refuses"));
	int r = allow_all(fd, s, all.fs, e);
	if (r == 0 && syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		r = err_sys(e, errno, _("Landlock refuses"));
	close(fd);
	return r;
}

/* Root without root's powers, and none that come back by running a program. */
static void drop_capabilities(bool keep_read)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct caps[2] = {{0}};
	if (geteuid() != 0)
		return;
	if (keep_read)
		caps[0].effective = caps[0].permitted = 1u << CAP_DAC_READ_SEARCH;
	prctl(PR_SET_SECUREBITS,
		SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED);
	syscall(SYS_capset, &head, caps);
}

int sandbox_enter(const struct sandbox *s, struct err *e)
{
	const struct rlimit no_core = {0, 0};
	setrlimit(RLIMIT_CORE, &no_core);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_sys(e, errno, _("cannot give up privileges"));
	if (restrict_folders(s, e) < 0)
		return -1;
	drop_capabilities(s->keep_read);
	return 0;
}

/* --- limits --- */

static void limit(const char *text, const char *key, int resource, rlim_t unit)
{
	const char *at = strstr(text, key);
	unsigned long n = at != NULL ? strtoul(at + strlen(key), NULL, 10) : 0;
	const struct rlimit max = {n * unit, n * unit};
	if (n > 0)
		setrlimit((__rlimit_resource_t)resource, &max);
}

void sandbox_limits(const char *text)
{
	limit(text, "cpu=", RLIMIT_CPU, 1);
	limit(text, "as=", RLIMIT_AS, (rlim_t)1 << 20);
	limit(text, "fsize=", RLIMIT_FSIZE, (rlim_t)1 << 20);
}
