#!/bin/sh
# build.sh TREE OUT: compile the kernel tree's own scripts/kconfig and our bridge into OUT/libkconfig-parser.a and
# OUT/kiln-kconfig. Nothing is written outside OUT. What differs between kernel versions is found by compiling a line.
set -eu
tree=$1 out=$2
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
k=$tree/scripts/kconfig
CC=${CC:-cc}
opt=${KILN_KCONFIG_OPT:--O2}
mkdir -p "$out"
cd "$out"

flex -o lexer.lex.c -L "$k/lexer.l" &
flex_job=$!
bison -o parser.tab.c --defines=parser.tab.h -t -l "$k/parser.y"
wait "$flex_job"

set -- -std=gnu11 -g "$opt" -D_GNU_SOURCE -I. "-I$k" "-I$tree/scripts/include"

probe() { # MACRO line…: define MACRO if these lines compile against the tree's headers
	macro=$1
	shift
	{
		echo '#include <stdio.h>'
		echo '#include <stdbool.h>'
		echo '#include "lkc.h"'
		printf '%s\n' "$@"
	} >probe.c
	if $CC $probe_flags -fsyntax-only "-I$k" "-I$tree/scripts/include" probe.c 2>/dev/null; then
		echo "#define $macro 1"
	fi
}
probe_flags='-std=gnu11 -Werror=implicit-function-declaration -Werror=int-conversion -Werror=incompatible-pointer-types'
{
	probe KB_MENU_FILENAME 'const char *f(struct menu *m) { return m->filename; }'
	probe KB_PROP_FILENAME 'const char *f(struct property *p) { return p->filename; }'
	probe KB_CHOICE_MENU 'struct menu *f(struct symbol *s) { return sym_get_choice_menu(s); }'
	probe KB_CHOICE_LINK 'void *f(struct symbol *s) { return &s->choice_link; }'
	probe KB_EXPR_CACHE 'bool f(struct expr *e) { return e->val_is_valid; }'
	probe KB_SYM_HASHTABLE '#include "internal.h"' 'void *f(void) { return sym_hashtable; }'
	probe KB_SYMBOL_CHOICE 'int f(void) { return SYMBOL_CHOICE; }'
	probe KB_E_LIST 'int f(void) { return E_LIST; }'
} >probes.h
rm -f probe.c

# The parser's files, popen and exit, are ours: see rt.c.
ours="-Dpopen=rt_popen -Dpclose=rt_pclose -Dexit=rt_exit -Dfopen=rt_fopen"
jobs=
objects=
for f in confdata expr menu preprocess symbol util; do
	[ -f "$k/$f.c" ] || continue
	$CC "$@" -w $ours -include "$here/pre.h" -c -o "$f.o" "$k/$f.c" &
	jobs="$jobs $!" objects="$objects $f.o"
done
for f in lexer.lex parser.tab; do
	$CC "$@" -w $ours -include "$here/pre.h" -c -o "$f.o" "$f.c" &
	jobs="$jobs $!" objects="$objects $f.o"
done
$CC "$@" -w $ours -include "$here/pre.h" -Dmain=kconf_main -Dconf_parse=rt_conf_parse -c -o conf.o "$k/conf.c" &
jobs="$jobs $!" objects="$objects conf.o"
bridge=
for f in "$here"/*.c; do
	o=kiln-$(basename "$f" .c).o
	$CC "$@" -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare "-I$here" -include "$here/pre.h" -c -o "$o" "$f" &
	jobs="$jobs $!" bridge="$bridge $o"
done
for j in $jobs; do wait "$j"; done
ar rcs libkconfig-parser.a $objects
$CC -o kiln-kconfig $bridge libkconfig-parser.a
rm -f ./*.o
