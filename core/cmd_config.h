/* cmd_config: what cmd_config.c (the command) and config_ask.c (the questions it can be asked) share. */
#ifndef KILN_CMD_CONFIG_H
#define KILN_CMD_CONFIG_H

#include <stdbool.h>

#include "core/cmd.h"
#include "core/kc.h"
#include "core/kc_more.h"

struct kcbuild;
struct kcbuild_want;

/* What one call of `kiln config` holds. */
struct config_call {
	struct cmd_call *call;
	struct kcbuild_want *want; /* --set, --unset; names and values owned */
	size_t n_want;
	struct strv get;
	struct kc *kc;
	size_t at;                /* the next given option */
	struct kcbuild *building; /* --diff: the other configuration is being made */
	char *other, *scratch;    /* --diff: its text; the file it is made in */
	char *with;               /* --diff: what it is called; borrowed from the call */
	bool edited, answered, cancelled, ended, as_fragment;
};

/* One question each; ends with config_next or config_fail. */
void config_enable(struct config_call *c, const char *value);
void config_disable(struct config_call *c, const char *value);
void config_why(struct config_call *c, const char *value);
void config_search(struct config_call *c, const char *value);
void config_diff(struct config_call *c, const char *value);
void config_list(struct config_call *c, const char *value);
void config_menu(struct config_call *c, const char *value);
void config_fragment(struct config_call *c, const char *value);

/* The question is answered: go on. */
void config_next(struct config_call *c);
/* End the call. Frees c. */
void config_fail(struct config_call *c, struct err *e);

#endif
