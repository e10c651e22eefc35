/* proto: what kiln (core/kclink.c) and the helper process kiln-kconfig say to each other over a socketpair. Both ends
 * are of one build on one machine, so numbers are in native order. A frame is a struct kcp_head and `n` bytes of
 * fields: u8, u32, or a string (u32 length, the bytes, one NUL that is not counted). Any bytes may occur in a string.
 * Invariant: the helper answers every request with exactly one KCP_OK or KCP_FAIL of the same id, in order; KCP_MSG and
 * KCP_CHANGES of that id come before. It never ends silently: KCP_FATAL tells the parser's last words. */
#ifndef KILN_KCONFIG_PROTO_H
#define KILN_KCONFIG_PROTO_H

#include <stdint.h>

#define KCP_VERSION   1
#define KCP_FD        3           /* the helper's end of the socketpair */
#define KCP_MAX_FRAME (64u << 20) /* a longer one is a broken peer */
#define KCP_NAME      "CONFIG_"   /* names travel without it */

struct kcp_head {
	uint32_t n;  /* bytes after this head */
	uint32_t id; /* of the request; 0: of none */
	uint16_t op;
	uint16_t version;
};

/* Requests. `→` gives the fields of the KCP_OK answer. */
enum kcp_request {
	/* Forget all values, then read a .config: str name (for messages), str text, u32 n, n × (str name, str value):
	 * set on top, as if these lines stood last in the file. Symbols need not be visible yet: all is computed at the
	 * end. Fails (and nothing changes) on a line that is neither an option nor a comment. → u32 n, n × (u8 known,
	 * str nearest) */
	KCP_LOAD = 1,
	/* The same onto the values that are there, as merging a fragment does. str name, str text, u32 n, … → as LOAD
	 */
	KCP_MERGE,
	/* Load the tree's own tinyconfig, composed as its makefile does. → nothing */
	KCP_TINY,
	/* u8 0: the whole .config, 1: the minimal one (savedefconfig). → str text */
	KCP_SAVE,
	/* u32 n, n × str name → n × kcp value: u8 known, u8 type (enum kcp_type), u8 visible (0 n, 1 m, 2 y), str value
	 */
	KCP_VALUES,
	/* Why can name not have value? str name, str value → u32 n, n × str: reasons in words; none: it can */
	KCP_WHY,
	/* Run a mode of the tree's conf in a fork: str mode ("olddefconfig"), str base .config text, str fragment text
	 * for KCONFIG_ALLCONFIG ("": none), str environment NAME=value lines, str stdin → u32 exit status, str output,
	 * str .config */
	KCP_CONF,
	/* From now on everything that changes values is answered with a KCP_CHANGES first, can be undone, and KCP_LOAD
	 * counts as an edit too. → nothing */
	KCP_TRACK,
	/* One edit by hand, as in menuconfig: refused unless the symbol is visible and the value in its range. A string
	 * is taken as it is. str name, str value → u8 done, u32 n, n × str reasons why not */
	KCP_SET,
	/* Forget the user's value: the default holds again. str name → as SET */
	KCP_UNSET,
	/* Several edits by hand as one, all or none: str what undo calls it ("": by itself), u32 n, n × (str name, u8
	 * unset, str value) → as SET */
	KCP_APPLY,
	/* What must be set so that name can have value: str name, str value → u8 found, u32 n, n × str reasons; then,
	 * if found, u32 n, n × (str name, str value) for KCP_APPLY. Before it comes a KCP_PREVIEW. */
	KCP_PLAN,
	/* Take back the last edit, or do it again. → u8 done, str what it was */
	KCP_UNDO,
	KCP_REDO,
	/* All states. → u32 n, n × state, u32 nodes, a byte for each: is it visible? */
	KCP_STATE,
	/* Everything on one symbol in words: str name → u32 n, n × (str kind, str text, str file, u32 line) */
	KCP_DETAIL,
	/* The user's values, invisible ones too, as conf reads them to the same end. → str text */
	KCP_RAW,
	/* How many symbols can be set by hand and differ from their default. → u32 n, n × u32 symbol */
	KCP_DIFFERENT,
};

/* Answers and notices. */
enum kcp_answer {
	KCP_OK = 100,
	KCP_FAIL, /* str message, str file, u32 line, str hint */
	KCP_MSG,  /* something the parser printed: u8 enum kcp_severity, str file ("" unknown), u32 line, str text */
	/* u32 n, n × (u32 symbol, u32 because (symbol; ~0: the edit itself), str old value, state), u32 m, m × (u32
	 * node, u8 visible). state: u8 value (0 n, 1 m, 2 y), u8 visible, u8 least, u8 flags (enum kcp_flag), str text
	 * (number types and strings) */
	KCP_CHANGES,
	KCP_PREVIEW, /* the same, for a plan: what it would change; values are as they were */
	KCP_MENU, /* str path: the menu image (image.h) there is right; comes before KCP_READY if it is known already */
	KCP_READY, /* parsed: str kernel version, u32 symbols, u32 nodes, u32 probes run, u32 probes remembered */
	KCP_FATAL, /* the parser gave up: str file, u32 line, str message, str all that it said */
};

enum kcp_flag {
	KCP_CHANGEABLE = 1,
	KCP_USER = 2,
	KCP_WRITTEN = 4,
	KCP_IS_CHOICE = 8,
	KCP_MEMBER = 16,
	KCP_MODULAR = 32,
};
enum kcp_severity { KCP_NOTE, KCP_WARNING, KCP_ERROR };
enum kcp_type { KCP_UNKNOWN, KCP_BOOL, KCP_TRISTATE, KCP_INT, KCP_HEX, KCP_STRING };

#endif
