/* driver: runs a fuzz target without libFuzzer: a fixed number of inputs, made from seed files by a fixed generator, so
 * that a run is the same on every machine. driver ROUNDS SEED-FILE… ; what is being tried is kept in the file `input`
 * (for the case that it crashes). tests/fuzz/run has the real, coverage-guided fuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

enum { MOST = 1 << 16 };

static uint64_t state = 88172645463325252u;

static size_t below(size_t n)
{
	state ^= state << 13; /* xorshift64 */
	state ^= state >> 7;
	state ^= state << 17;
	return n > 0 ? (size_t)(state % n) : 0;
}

struct input {
	uint8_t *bytes;
	size_t n;
};

static struct input load(const char *path)
{
	struct input in = {calloc(MOST, 1), 0};
	FILE *f = fopen(path, "rb");
	if (in.bytes == NULL || f == NULL) {
		perror(path);
		exit(2);
	}
	in.n = fread(in.bytes, 1, MOST, f);
	fclose(f);
	return in;
}

/* One change: a bit, a byte, a field of a telling value, a piece copied, a cut, a number's digits. */
static void change(uint8_t *b, size_t *n)
{
	static const uint64_t telling[] = {
		0, 1, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff, 0x80000000, UINT64_MAX, 4096};
	static const uint8_t size[] = {1, 2, 4, 8};
	const size_t at = below(*n), len = size[below(4)];
	if (*n == 0)
		return;
	switch (below(7)) {
	case 0:
		b[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1:
		b[at] = (uint8_t)below(256);
		break;
	case 2:
		if (*n - at >= len)
			memcpy(b + at, &telling[below(sizeof(telling) / sizeof(*telling))], len);
		break;
	case 3:
		memmove(b + at, b + below(*n - (*n - at < 32 ? *n - at : 32) + 1), *n - at < 32 ? *n - at : 32);
		break;
	case 4:
		*n = below(8) == 0 ? at : *n; /* cut, now and then */
		break;
	case 5:
		memset(b + at, "0f7\xff\0/."[below(7)], *n - at < 8 ? *n - at : 8);
		break;
	default:
		b[at < 200 ? at : below(200)] += (uint8_t)(1 + below(3)); /* headers stand in front */
	}
}

static void keep(const uint8_t *b, size_t n)
{
	FILE *f = fopen("input", "wb");
	if (f == NULL || fwrite(b, 1, n, f) != n || fclose(f) != 0) {
		perror("input");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	const long rounds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	static uint8_t seed[MOST];
	if (rounds <= 0) {
		fprintf(stderr, "usage: %s ROUNDS SEED-FILE...\n", argv[0]);
		return 2;
	}
	for (int i = 2; i < argc; i++) {
		const struct input in = load(argv[i]);
		for (long r = 0; r < rounds; r++) {
			size_t n = in.n;
			memcpy(seed, in.bytes, n);
			for (size_t k = r == 0 ? 0 : 1 + below(6); k > 0; k--)
				change(seed, &n);
			uint8_t *exact = malloc(n + (n == 0)); /* of its exact size, so that a read beyond is seen */
			if (exact == NULL)
				return 2;
			memcpy(exact, seed, n);
			keep(exact, n);
			LLVMFuzzerTestOneInput(exact, n);
			free(exact);
		}
		free(in.bytes);
	}
	printf("%ld inputs of each of %d seeds\n", rounds, argc - 2);
	return 0;
}
