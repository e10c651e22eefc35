#!/bin/sh
# check-fresh.sh [SUITE…]: prove the README's two commands on a fresh Debian: for each suite (bookworm, trixie) a debootstrap
# chroot with nothing but the base system, git and make, a clean clone, `make run </dev/null | cat` twice, `make check`.
# Root. KILN_MIRROR names the Debian mirror. The base is kept in .build/fresh/SUITE.tar for the next time.
set -eu
top=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
dir=${KILN_FRESH_DIR:-$top/.build/fresh}
mirror=${KILN_MIRROR:-http://deb.debian.org/debian}
security=${KILN_MIRROR_SECURITY:-http://deb.debian.org/debian-security}
[ "$(id -u)" = 0 ] || { echo "check-fresh: needs root (debootstrap, chroot)" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "check-fresh: next: apt-get install debootstrap" >&2; exit 1; }
mkdir -p "$dir"

leave() { # root: unmount what enter mounted
	for m in dev/pts dev/shm dev proc sys; do
		umount -l "$1/$m" 2>/dev/null || true
	done
}

base() { # suite: a base system with git and make, once
	[ -e "$dir/$1.tar" ] && return
	rm -rf "$dir/$1.base"
	debootstrap --variant=minbase --include=git,make,ca-certificates "$1" "$dir/$1.base" "$mirror" >"$dir/$1.debootstrap.log"
	echo "deb $security $1-security main" >>"$dir/$1.base/etc/apt/sources.list"
	tar -C "$dir/$1.base" -cf "$dir/$1.tar.new" .
	mv "$dir/$1.tar.new" "$dir/$1.tar"
	rm -rf "$dir/$1.base"
}

enter() { # suite: a fresh root from the base, and a clean clone in it
	root=$dir/$1
	leave "$root"
	rm -rf "$root"
	mkdir -p "$root"
	tar -C "$root" -xf "$dir/$1.tar"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --make-rslave "$root/sys"
	mount --bind /dev "$root/dev"
	mount -t devpts devpts "$root/dev/pts" -o newinstance,ptmxmode=0666 2>/dev/null || mount --bind /dev/pts "$root/dev/pts"
	[ -e /etc/resolv.conf ] && cp /etc/resolv.conf "$root/etc/resolv.conf"
	git clone -q --no-hardlinks "$top" "$root/root/kiln"
}

inside() { # suite script
	chroot "$dir/$1" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb LANG=C.UTF-8 \
		${http_proxy:+http_proxy="$http_proxy"} sh -c "$2"
}

one() { # suite
	echo "== $1"
	base "$1"
	enter "$1"
	trap 'leave "$dir/'"$1"'"' EXIT INT TERM
	for run in first second; do
		began=$(date +%s)
		inside "$1" 'cd /root/kiln && { make run </dev/null; echo "status $?"; } 2>&1 | cat' | tee "$dir/$1.$run.log"
		echo "== $1: $run make run: $(($(date +%s) - began)) s"
		grep -q '^status 0$' "$dir/$1.$run.log"
		grep -q 'Linux version' "$dir/$1.$run.log"
		grep -q 'Run /init' "$dir/$1.$run.log"
		grep -q -E 'Linux .* x86_64' "$dir/$1.$run.log"
	done
	began=$(date +%s)
	inside "$1" 'cd /root/kiln && make check' 2>&1 | tee "$dir/$1.check.log"
	echo "== $1: make check: $(($(date +%s) - began)) s"
	tail -n 1 "$dir/$1.check.log" | grep -q ' passed, 0 failed$'
	leave "$dir/$1"
	trap - EXIT INT TERM
}

[ $# -gt 0 ] || set -- bookworm trixie
for suite in "$@"; do
	one "$suite"
done
echo "both commands work on: $*"
