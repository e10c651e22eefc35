/* jail: see jail.h. */
#include "core/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/i18n.h"
#include "core/str.h"

#define NOBODY 65534

static bool put_text(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return ok;
}

int jail_prepare(bool *own_user, struct err *e)
{
	const int rest = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
	char *uid = xasprintf("0 %u 1\n", (unsigned)geteuid()), *gid = xasprintf("0 %u 1\n", (unsigned)getegid());
	int r = 0;
	*own_user = true;
	if (unshare(CLONE_NEWUSER | rest) < 0) {
		/* root can do without a user namespace: it becomes nobody later */
		const int why = errno;
		*own_user = false;
		if (geteuid() != 0 || unshare(rest) < 0) {
			r = err_sys(e, why,
				_("this machine lets nobody make namespaces, and without them no init is run here"));
			err_hint(e, _("sysctl kernel.unprivileged_userns_clone and user.max_user_namespaces, or "
				      "AppArmor, forbid it; "
				      "as root it may work"));
		}
	} else if (!put_text("/proc/self/setgroups", "deny") || !put_text("/proc/self/uid_map", uid) ||
		   !put_text("/proc/self/gid_map", gid)) {
		r = err_sys(e, errno, _("the user namespace cannot be set up"));
	}
	free(uid);
	free(gid);
	return r;
}

/* --- in the child --- */

/* Write a file of the new root; name begins with a slash. */
static bool put_file(int root, const struct jail_file *f)
{
	for (const char *slash = strchr(f->name + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		char *dir = xstrndup(f->name + 1, (size_t)(slash - f->name - 1));
		mkdirat(root, dir, 0755);
		free(dir);
	}
	const int fd = openat(root, f->name + 1, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	size_t done = 0;
	while (fd >= 0 && done < f->n) {
		const ssize_t n = write(fd, f->bytes + done, f->n - done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return fd >= 0 && close(fd) == 0 && done == f->n;
}

/* A file system in memory that is mounted nowhere: nothing of it is ever seen outside, also where "/" is no mount point
 * (in a chroot). Returns a descriptor of its root, or -1. */
static int make_tmpfs(void)
{
	const int fs = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int root = -1;
	if (fs >= 0 && fsconfig(fs, FSCONFIG_SET_STRING, "size", "64m", 0) == 0 &&
		fsconfig(fs, FSCONFIG_SET_STRING, "mode", "0755", 0) == 0 &&
		fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		root = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (fs >= 0)
		close(fs);
	return root;
}

/* The new root holds nothing but the files. The old one is out of reach once there are no capabilities and no open
 * descriptors any more: there is no way out of a chroot then. */
static const char *make_root(const struct jail *j)
{
	if (unshare(CLONE_NEWNS) < 0)
		return "unshare";
	const int root = make_tmpfs();
	if (root < 0)
		return "tmpfs";
	for (size_t i = 0; i < j->n_file; i++)
		if (!put_file(root, &j->file[i]))
			return "write";
	return fchdir(root) < 0 || chroot(".") < 0 || chdir("/") < 0 ? "chroot" : NULL;
}

static bool limit(int what, rlim_t n)
{
	const struct rlimit r = {n, n};
	return setrlimit(what, &r) == 0;
}

/* None can come back by exec, not even as uid 0. */
static bool no_capabilities_later(void)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return false;
	return true;
}

static bool no_capabilities(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[2] = {{0}};
	return syscall(SYS_capset, &head, none) == 0;
}

/* Calls that a shell has no use for and that have let programs out before are answered with EPERM; calls of the 32-bit
 * and x32 ABIs, which this list would not see, kill. */
static bool filter_calls(void)
{
	static const int refused[] = {SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key,
		SYS_userfaultfd, SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_ptrace,
		SYS_process_vm_readv, SYS_process_vm_writev, SYS_kexec_load, SYS_init_module, SYS_finit_module,
		SYS_delete_module, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_open_by_handle_at,
		SYS_fsopen, SYS_move_mount, SYS_reboot, SYS_swapon, SYS_quotactl};
	struct sock_filter f[8 + ARRAY_LEN(refused)];
	size_t n = 0;
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		f[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)refused[i], (uint8_t)(ARRAY_LEN(refused) - i), 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	const struct sock_fprog program = {(unsigned short)n, f};
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* Give everything up; returns what could not be. */
static const char *give_up(bool own_user)
{
	if (!limit(RLIMIT_CPU, 5) || !limit(RLIMIT_FSIZE, 1 << 20) || !limit(RLIMIT_NOFILE, 64) ||
		!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_MEMLOCK, 0) || !limit(RLIMIT_NPROC, 512))
		return "setrlimit";
	if (!no_capabilities_later())
		return "PR_CAPBSET_DROP";
	/* without a user namespace of its own, uid 0 would be the machine's root */
	if (!own_user && (syscall(SYS_setgroups, 0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
				 setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return "setresuid";
	if (!no_capabilities())
		return "capset";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return "PR_SET_NO_NEW_PRIVS";
	return filter_calls() ? NULL : "seccomp";
}

static void child(const struct jail *j, int ready_fd, int go_fd)
{
	char *argv[] = {"/init", NULL}, *env[] = {"HOME=/", "TERM=linux", NULL}; /* as the kernel starts it */
	const int out = open("/dev/null", O_WRONLY);
	char go;
	const char *failed =
		out < 0 || dup2(j->stdin_fd, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ? "dup2" : make_root(j);
	if (failed == NULL)
		failed = give_up(j->own_user);
	if (failed != NULL) {
		dprintf(ready_fd, "%s: %s", failed, strerror(errno));
		_exit(1);
	}
	if (write(ready_fd, "", 1) != 1 || read(go_fd, &go, 1) != 1)
		_exit(1);
	close_range(3, ~0U, 0);
	if (!limit(RLIMIT_AS, 256 << 20)) /* last: this process may be bigger (it is under ASan) */
		_exit(1);
	execve("/init", argv, env);
	_exit(errno);
}

pid_t jail_fork(const struct jail *j, int ready_fd, int go_fd, struct err *e)
{
	const pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		child(j, ready_fd, go_fd);
	}
	return pid > 0 ? pid : (pid_t)err_sys(e, errno, _("cannot fork"));
}
