#!/bin/sh
# deps.sh GROUP...: check what the groups of scripts/packages need and install what is missing, with apt-get as root or
# through sudo. KILN_NO_INSTALL=1 only prints. KILN_PACKAGES adds packages. Called by the Makefile before anything is built.
set -u
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
missing=""

add() {
	case " $missing " in *" $1 "*) ;; *) missing="$missing $1" ;; esac
}

has_glob() { # unquoted on purpose: the pattern expands
	for f in $1; do [ -e "$f" ] && return 0; done
	return 1
}

has_header() {
	for d in /usr/include /usr/local/include "/usr/include/$(uname -m)-linux-gnu"; do
		[ -e "$d/$1" ] && return 0
	done
	return 1
}

# Does this Debian have the package at all? Without lists (before the first update) it is taken to have it.
in_debian() {
	ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || return 0
	apt-cache pkgnames "$1" 2>/dev/null | grep -qxF "$1" # show would take the name for a pattern
}

present() { # kind what package
	case $1 in
	tool) command -v "$2" >/dev/null 2>&1 ;;
	pc) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "$2" ;;
	header) has_header "$2" ;;
	maybe) has_glob "$2" || ! in_debian "$3" ;;
	glob) [ -n "${KILN_KERNEL:-}" ] || has_glob "$2" ;;
	*) echo "scripts/packages: unknown kind $1" >&2; exit 1 ;;
	esac
}

for group in "$@"; do
	while read -r g kind what package why; do
		[ "$g" = "$group" ] || continue
		present "$kind" "$what" "$package" || add "$package"
	done < "$here/packages"
done
for package in ${KILN_PACKAGES:-}; do
	dpkg -s "$package" >/dev/null 2>&1 || add "$package"
done
[ -n "$missing" ] || exit 0

as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
if [ "${KILN_NO_INSTALL:-0}" = 1 ]; then
	echo "kiln: missing packages:$missing"
	echo "kiln: next: ${as_root:+$as_root }apt-get install --no-install-recommends$missing"
	exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
	echo "kiln: missing (Debian package names):$missing" >&2
	echo "kiln: next: install them with this system's package manager, then run again" >&2
	exit 1
fi
if [ -n "$as_root" ] && ! command -v sudo >/dev/null 2>&1; then
	echo "kiln: next, as root: apt-get install --no-install-recommends$missing" >&2
	exit 1
fi

apt() { # -qq for a quiet update; a lock held by another apt is waited for
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@"
}

apt -qq update || echo "kiln: apt-get update failed; trying with the lists that are there" >&2
# The newest kernel source that this Debian has: linux-source itself can be an older one.
newest=$(apt-cache --names-only search '^linux-source-[0-9.]+$' 2>/dev/null | awk '{print $1}' | sort -V | tail -n 1)
list=""
for package in $missing; do
	[ "$package" = linux-source ] && [ -n "$newest" ] && package=$newest
	list="$list $package"
done
echo "kiln: installing missing packages:$list"
# shellcheck disable=SC2086
apt -y -qq install --no-install-recommends $list >/tmp/kiln-apt.$$ 2>&1 || {
	status=$?
	tail -n 20 "/tmp/kiln-apt.$$" >&2
	rm -f "/tmp/kiln-apt.$$"
	echo "kiln: apt-get could not install:$list" >&2
	echo "kiln: next: see the lines above; then run again" >&2
	exit $status
}
rm -f "/tmp/kiln-apt.$$"
