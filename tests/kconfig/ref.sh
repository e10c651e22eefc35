#!/bin/sh
# ref.sh: the tree's own kconfig as the reference of the tests.
#   ref.sh prepare TREE OBJ     by the tree's makefile: OBJ/.config and OBJ/tiny are its tinyconfig; OBJ/env its environment
#   ref.sh make OBJ TARGET      run a makefile target in OBJ, the slow, true way
#   ref.sh conf OBJ ARG…        run the conf that the makefile built, in its environment, in the current folder
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
unset MAKEFLAGS MFLAGS MAKELEVEL

prepare() { # tree obj
	[ -e "$2/ready" ] && return
	mkdir -p "$2/probes"
	make -s -C "$1" O="$2" tinyconfig
	cp "$2/.config" "$2/tiny"
	# What the makefile exports, as conf sees it.
	mv "$2/scripts/kconfig/conf" "$2/conf"
	printf '#!/bin/sh\nenv -0 >"%s/env"\nexec "%s/conf" "$@"\n' "$2" "$2" >"$2/scripts/kconfig/conf"
	chmod +x "$2/scripts/kconfig/conf"
	make -s -C "$1" O="$2" olddefconfig
	cp "$2/conf" "$2/scripts/kconfig/conf"
	cmp "$2/tiny" "$2/.config"
	cc -shared -fPIC -O1 -o "$2/probes.so" "$here/probes.c" -ldl
	printf '%s' "$1" >"$2/tree"
	: >"$2/ready"
}

case $1 in
prepare) prepare "$2" "$3" ;;
make) make -s -C "$(cat "$2/tree")" O="$2" "$3" ;;
conf)
	obj=$2
	shift 2
	tr '\n' '\001' <"$obj/env" | tr '\0' '\n' | grep -vE '^(KCONFIG_CONFIG|PWD|OLDPWD|_|KCONFIG_SEED|KCONFIG_ALLCONFIG|KCONFIG_PROBABILITY)=' |
		tr '\n' '\0' | tr '\001' '\n' >"$obj/env.$$"
	for name in KCONFIG_SEED KCONFIG_ALLCONFIG KCONFIG_PROBABILITY; do
		eval "value=\${$name-}"
		[ -z "$value" ] || printf '%s=%s\0' "$name" "$value" >>"$obj/env.$$"
	done
	# env -i with each NAME=value as one argument, then conf
	printf '%s\0' LD_PRELOAD="$obj/probes.so" PROBES="$obj/probes" KCONFIG_CONFIG=.config "$obj/conf" "$@" Kconfig >>"$obj/env.$$"
	status=0
	xargs -0 -a "$obj/env.$$" env -i || status=$?
	rm -f "$obj/env.$$"
	exit "$status"
	;;
esac
