/* submission_lab: makes a lab of a submission (submission.h). What it says is data from a stranger: settings are taken
 * by a list of harmless ones, strings of kernel.config must be such that neither make nor a shell nor a file name of
 * the host can be in them, the manifest's files come from the submission or from /usr. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/beneath.h"
#include "core/conf.h"
#include "core/fs.h"
#include "core/i18n.h"
#include "core/lab.h"
#include "core/manifest.h"
#include "core/submission.h"

#define MEMORY_MAX 1024

/* --- kiln.conf --- */

static bool is_harmless(enum opt_id id, const char *value)
{
	switch (id) {
	case OPT_INIT_VARIANT:
	case OPT_INIT_CC:
	case OPT_INITRAMFS_COMPANIONS:
	case OPT_INITRAMFS_COMPRESSION:
	case OPT_ISO_UEFI:
	case OPT_ISO_LABEL:
	case OPT_ISO_TIMEOUT:
	case OPT_BOOT_FACE:
	case OPT_BOOT_CMDLINE:
		return true;
	case OPT_KERNEL_PRESET: /* a name; a path would be read */
		return strchr(value, '/') == NULL;
	case OPT_BOOT_MEMORY:
		return strtol(value, NULL, 10) <= MEMORY_MAX;
	default:
		return false;
	}
}

static int text_only(const struct submission_file *f, struct err *e)
{
	for (size_t i = 0; i < f->n; i++)
		if (((unsigned char)f->bytes[i] < 0x20 && strchr("\n\r\t", f->bytes[i]) == NULL) || f->bytes[i] == '\0')
			return err_at(e, f->path, 1, 1, _("is no text file"));
	return 0;
}

static int take_settings(struct submission *s, const char *dir, struct err *e)
{
	const struct submission_file *f = submission_find(s, "kiln.conf");
	struct optset theirs, ours;
	struct conf given = {0}, conf = {0};
	char *path = fs_join(dir, "kiln.conf");
	optset_init(&theirs);
	optset_init(&ours);
	int r = conf_load(&conf, path, &ours, e);
	if (r == 0 && f != NULL)
		r = text_only(f, e) < 0 ? -1 : conf_parse(&given, "kiln.conf", f->bytes, &theirs, e);
	size_t n;
	const struct opt_row *row = opt_rows(&n);
	for (size_t i = 0; i < n && r == 0; i++) {
		const char *value = optset_text(&theirs, row[i].id);
		if (!theirs.given[row[i].id])
			continue;
		if (is_harmless(row[i].id, value))
			conf_set(&conf, &row[i], value);
		else if (!str_starts(row[i].key, "screen.") && !str_starts(row[i].key, "kernel.") &&
			 strcmp(value, row[i].def) != 0)
			strv_addf(&s->note, _("the setting %s of the submission is not taken"), row[i].key);
	}
	if (r == 0)
		r = conf_save(&conf, e);
	conf_done(&given);
	conf_done(&conf);
	optset_done(&theirs);
	optset_done(&ours);
	free(path);
	return r;
}

/* --- kernel.config --- */

/* Options whose value names files that the kernel's build reads into what it makes. */
static const char *const reads_files[] = {"INITRAMFS_SOURCE", "EXTRA_FIRMWARE", "EXTRA_FIRMWARE_DIR",
	"SYSTEM_TRUSTED_KEYS", "SYSTEM_REVOCATION_KEYS", "SYSTEM_BLACKLIST_HASH_LIST", "MODULE_SIG_KEY",
	"IMA_X509_PATH", "EVM_X509_PATH", "IMA_LOAD_X509", "ACPI_CUSTOM_DSDT_FILE", "CFG80211_REGDB_KEYS_DIR",
	"CFG80211_EXTRA_REGDB_KEYDIR", "BUILTIN_DTB_NAME", "BUILTIN_DTB_SOURCE", "UNUSED_KSYMS_WHITELIST"};

/* Values that the tree itself finds out, and takes from nobody. */
static bool is_found_out(const char *name, size_t n)
{
	return n > 13 && strncmp(name + n - 13, "_VERSION_TEXT", 13) == 0;
}

static bool is_default(const char *v, size_t n)
{
	static const char *const harmless[] = {"\"\"", "\"certs/signing_key.pem\"", "\"/lib/firmware\"", "n"};
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		if (strlen(harmless[i]) == n && strncmp(v, harmless[i], n) == 0)
			return true;
	return false;
}

static int check_value(const char *name, size_t name_n, const char *v, size_t n, int line, struct err *e)
{
	static const char plain[] = " _.,:=/@%+-";
	if (is_found_out(name, name_n))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(reads_files); i++)
		if (strlen(reads_files[i]) == name_n && strncmp(name, reads_files[i], name_n) == 0 && !is_default(v, n))
			return err_at(e, "kernel.config", line, 1,
				_("CONFIG_%s names files of this computer: a submission may not set it"),
				reads_files[i]);
	if (n == 8 && strncmp(v, "\"(none)\"", 8) == 0) /* the default of DEFAULT_HOSTNAME */
		return 0;
	bool quoted = n >= 2 && v[0] == '"' && v[n - 1] == '"';
	for (size_t i = quoted; i < n - quoted; i++)
		if (!isalnum((unsigned char)v[i]) && strchr(plain, v[i]) == NULL)
			return err_at(e, "kernel.config", line, (int)(8 + name_n + i + 1),
				_("CONFIG_%.*s holds a character that the kernel's make or a shell would act on"),
				(int)name_n, name);
	return 0;
}

static int check_config(const struct submission_file *f, struct err *e)
{
	int line = 0;
	if (text_only(f, e) < 0)
		return -1;
	for (const char *at = f->bytes; *at != '\0';) {
		size_t n = strcspn(at, "\n");
		line++;
		const char *eq = memchr(at, '=', n);
		size_t end = n > 0 && at[n - 1] == '\r' ? n - 1 : n;
		if (n > 0 && at[0] != '#' && (eq == NULL || strncmp(at, "CONFIG_", 7) != 0))
			return err_at(e, "kernel.config", line, 1, _("neither an option nor a comment"));
		if (eq != NULL && at[0] != '#' &&
			check_value(at + 7, (size_t)(eq - at - 7), eq + 1, end - (size_t)(eq + 1 - at), line, e) < 0)
			return -1;
		at += n + (at[n] == '\n');
	}
	return 0;
}

/* --- rootfs/manifest --- */

static bool may_read(const char *source)
{
	static const char *const place[] = {"/usr/", "/bin/", "/sbin/", "/lib/"};
	if (strstr(source, "..") != NULL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(place) && source[0] == '/'; i++)
		if (str_starts(source, place[i]))
			return true;
	return source[0] != '/';
}

static int check_manifest(const struct submission_file *f, struct err *e)
{
	struct manifest m = {0};
	int r = text_only(f, e) < 0 ? -1 : manifest_parse(&m, "rootfs/manifest", f->bytes, e);
	for (size_t i = 0; i < m.n && r == 0; i++)
		if (S_ISREG(m.v[i].mode) && m.v[i].source != NULL && !may_read(m.v[i].source))
			r = err_at(e, "rootfs/manifest", m.v[i].line, 1,
				_("`%s` lies neither in the submission nor in /usr"), m.v[i].source);
	manifest_done(&m);
	return r;
}

/* --- description --- */

/* What was changed since it was described is told; it is graded as it is. */
static void compare(struct submission *s)
{
	const struct submission_file *d = submission_find(s, "submission.json");
	struct json_object *o = d != NULL ? json_tokener_parse(d->bytes) : NULL, *list, *path, *hash;
	if (!json_object_object_get_ex(o, "files", &list) || !json_object_is_type(list, json_type_array)) {
		strv_add(&s->note, _("it has no submission.json that tells what it should hold"));
		json_object_put(o);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(list) && i < SUBMISSION_FILES; i++) {
		struct json_object *one = json_object_array_get_idx(list, i);
		char hex[65] = "";
		if (!json_object_object_get_ex(one, "path", &path) || !json_object_object_get_ex(one, "sha256", &hash))
			continue;
		const struct submission_file *f = submission_find(s, json_object_get_string(path));
		if (f != NULL)
			fs_sha256(f->bytes, f->n, hex);
		if (strcmp(hex, json_object_get_string(hash)) != 0)
			strv_addf(&s->note, _("%.100s is not as submission.json describes it"),
				json_object_get_string(path));
	}
	json_object_put(o);
}

/* --- files --- */

/* A submitted variant replaces the shipped one whole. */
static int clear_variant(const char *dir, const char *path, struct strv *cleared, struct err *e)
{
	const char *slash = strchr(path + 5, '/');
	char *name = xstrndup(path, (size_t)(slash - path)), *full = fs_join(dir, name);
	int r = strv_has(cleared, name) ? 0 : fs_remove_tree(full, e);
	strv_add(cleared, name);
	free(name);
	free(full);
	return r;
}

static int write_files(const struct submission *s, const char *dir, struct err *e)
{
	struct strv cleared = {0};
	int r = 0;
	for (size_t i = 0; i < s->n && r == 0; i++) {
		const struct submission_file *f = &s->v[i];
		bool init = str_starts(f->path, "init/");
		if (!init && !str_starts(f->path, "rootfs/") && !str_starts(f->path, "iso/") &&
			!str_starts(f->path, "lessons/") && strcmp(f->path, "kernel.config") != 0)
			continue;
		if (init)
			r = clear_variant(dir, f->path, &cleared, e);
		if (r == 0)
			r = beneath_write(dir, f->path, f->bytes, f->n, e);
	}
	strv_done(&cleared);
	return r;
}

int submission_unpack(struct submission *s, const char *dir, struct err *e)
{
	const struct submission_file *config = submission_find(s, "kernel.config"),
				     *manifest = submission_find(s, "rootfs/manifest");
	if (config != NULL && check_config(config, e) < 0)
		return -1;
	if (manifest != NULL && check_manifest(manifest, e) < 0)
		return -1;
	if (lab_create(dir, e) < 0 || take_settings(s, dir, e) < 0 || write_files(s, dir, e) < 0)
		return -1;
	compare(s);
	return 0;
}
