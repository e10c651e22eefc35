/* probes: preloaded into the tree's own conf by tests/kconfig/ref.sh: remembers what $(shell …) commands said in the
 * folder $PROBES, so that the reference of a test takes half a second, not three. Changes nothing else. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static FILE *from_file(const char *path)
{
	return fopen(path, "r");
}

static void name_of(const char *command, char *path, size_t size)
{
	uint64_t h = 1469598103934665603u, g = 88172645463325252u;
	for (const char *c = command; *c != '\0'; c++) {
		h = (h ^ (unsigned char)*c) * 1099511628211u;
		g = (g + (unsigned char)*c) * 6364136223846793005u + 1442695040888963407u;
	}
	snprintf(path, size, "%s/%016llx%016llx", getenv("PROBES"), (unsigned long long)h, (unsigned long long)g);
}

FILE *popen(const char *command, const char *mode)
{
	char path[4096], temporary[4200], said[65536];
	FILE *(*real)(const char *, const char *) = (FILE * (*)(const char *, const char *)) dlsym(RTLD_NEXT, "popen");
	int (*done)(FILE *) = (int (*)(FILE *))dlsym(RTLD_NEXT, "pclose");
	name_of(command, path, sizeof(path));
	FILE *f = from_file(path);
	if (f != NULL)
		return f;
	FILE *p = real(command, mode);
	size_t n = p != NULL ? fread(said, 1, sizeof(said), p) : 0;
	if (p == NULL || done(p) == -1)
		return NULL;
	snprintf(temporary, sizeof(temporary), "%s.%d", path, (int)getpid());
	f = fopen(temporary, "w");
	if (f == NULL || fwrite(said, 1, n, f) != n || fclose(f) != 0 || rename(temporary, path) != 0)
		abort();
	return from_file(path);
}

int pclose(FILE *f)
{
	return fclose(f);
}
