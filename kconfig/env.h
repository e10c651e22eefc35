/* env: the environment of the tree's parser, as the tree's top makefile would export it, and its fingerprint. */
#ifndef KILN_KCONFIG_ENV_H
#define KILN_KCONFIG_ENV_H

/* Set it for a tree and a compiler; afterwards probes can be run. Returns the fingerprint of all that answers of probes
 * depend on: tools, tree, environment. Returns owned, NULL if the tree is none. */
char *env_set(const char *tree, const char *cc);
/* Those variables that need a probe themselves: the compilers' versions. */
void env_set_versions(void);
const char *env_tree(void);
const char *env_version(void);

#endif
