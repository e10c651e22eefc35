/* ls: the names in folders (the root if none is given), a / after those that are folders themselves. */
#include "sys.h"

/* What getdents64 gives (include/linux/dirent.h). */
struct entry {
	unsigned long inode;
	long offset;
	unsigned short size; /* of this entry: where the next one begins */
	unsigned char type;
	char name[];
};
enum { FOLDER = 4, O_DIRECTORY = 0200000 };

static void show(const struct entry *e)
{
	if (e->name[0] == '.') /* hidden, and . and .. */
		return;
	say(e->name);
	say(e->type == FOLDER ? "/\n" : "\n");
}

static long list(const char *path)
{
	_Alignas(8) char bytes[2048];
	long fd = call3(SYS_OPEN, (long)path, O_DIRECTORY, 0), n;
	if (fd < 0)
		return fd;
	while ((n = call3(SYS_GETDENTS64, fd, (long)bytes, sizeof(bytes))) > 0)
		for (long at = 0; at < n; at += ((struct entry *)(bytes + at))->size)
			show((struct entry *)(bytes + at));
	call3(SYS_CLOSE, fd, 0, 0);
	return n;
}

static int run(char **argv)
{
	static char *root[] = {"/", 0};
	int status = 0;
	for (char **path = argv[1] != 0 ? argv + 1 : root; *path != 0; path++) {
		long n = list(*path);
		if (n < 0)
			status = fail(*path, n);
	}
	return status;
}
