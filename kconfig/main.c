/* main: the helper process kiln-kconfig: parses one kernel tree, then answers requests (proto.h) until its peer is
 * gone. Arguments: tree, compiler, cache folder, file for the list of files read. Invariant: one answer to each
 * request; the parser's messages come before it. */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "env.h"
#include "memo.h"
#include "model.h"
#include "requests.h"

static void tell_menu(const char *path)
{
	wire_begin(KCP_MENU);
	wire_str(path);
	wire_end();
	wire_flush();
}

static void ready(void)
{
	rt_messages(false);
	wire_begin(KCP_READY);
	wire_str(env_version());
	wire_u32((uint32_t)model.n_entry);
	wire_u32((uint32_t)model.n_node);
	wire_u32(memo_run());
	wire_u32(memo_known());
	wire_end();
	wire_flush();
}

/* Asked to end while busy: leave nothing behind. */
static void on_term(int sig)
{
	rt_scratch_remove();
	_exit(128 + sig);
}

/* Write what the next start will be glad of. image: NULL if that on disk is right. */
static void after_parsing(char **argv, const char *image, const char *fingerprint)
{
	memo_save();
	rt_save_files(argv[4]);
	if (image == NULL)
		return;
	model_prune_cache(argv[3], "image-");
	model_prune_cache(argv[3], "memo-");
	if (model_write_image(image, fingerprint) == 0)
		tell_menu(image);
}

int main(int argc, char **argv)
{
	struct wire_in in = {0};
	if (argc != 5) {
		fprintf(stderr,
			"usage: kiln-kconfig TREE CC CACHE FILES   (started by kiln, with a socket as descriptor 3)\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, on_term);
	char *fingerprint = env_set(argv[1], argv[2]);
	rt_capture();
	if (fingerprint == NULL || chdir("/") < 0) {
		fprintf(stderr, "%s is not a kernel tree\n", argv[1]);
		rt_exit(1);
	}
	char image[8192];
	snprintf(image, sizeof(image), "%s/image-%016llx", argv[3], memo_hash(fingerprint));
	bool right = model_image_is_right(image, fingerprint);
	if (right)
		tell_menu(image);
	memo_load(argv[3], fingerprint);
	env_set_versions();
	session_parse();
	model_build();
	after_parsing(argv, right ? NULL : image, fingerprint);
	free(fingerprint);
	rt_scratch_remove();
	ready();
	while (wire_read(&in))
		request_answer(&in);
	rt_scratch_remove();
	return 0;
}
