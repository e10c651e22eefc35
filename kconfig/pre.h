/* pre: included ahead of each of the tree's kconfig sources, and ours: a larger hash table for expressions, with keys
 * that spread, where the tree has one: a quarter of the parser's time is spent in its chains. No file of the tree is
 * touched, and no order that shows: only the table of expressions changes. */
#ifndef KILN_KCONFIG_PRE_H
#define KILN_KCONFIG_PRE_H

#if __has_include(<hashtable.h>) && __has_include(<hash.h>)
#include <hash.h>
#include <hashtable.h>

#define KB_TIMES_expr_hashtable 16
#define KB_TIMES_sym_hashtable  1
#define KB_TIMES_file_hashtable 1
#undef HASHTABLE_DECLARE
#define HASHTABLE_DECLARE(name, size) struct hlist_head name[(size)*KB_TIMES_##name]

static inline unsigned kb_mix(unsigned v)
{
	v *= 0x9E3779B1u;
	return v ^ (v >> 15);
}

/* hash_ptr is used for the operands of expressions alone. */
static inline unsigned kb_mix_ptr(const void *p)
{
	return (unsigned)(((unsigned long)p >> 4) * 0x9E3779B97F4A7C15ul >> 29);
}
#define hash_32(v)  kb_mix(v)
#define hash_ptr(p) kb_mix_ptr(p)
#endif
#endif
