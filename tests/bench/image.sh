# Bootable images: how long one takes beside the tree's own `make isoimage`, how much larger it is than what is in it, and how
# soon each way of booting reaches the prompt.
. "$top/tests/bench/lib.sh"
built_lab || exit 1
iso=$lab/out/image.iso

# --- time ---
size() { stat -c %s "$1"; }
native="\"$until\" exit \"$KILN\" -q --lab '$lab' build --force iso"
theirs=
if command -v genisoimage >/dev/null; then
	tree_iso || exit 1
	theirs=$(size "$iso")
	sed -n 's/^\$ //p' "$lab/out/iso.log" | head -n 1 >"$bench/isoimage.sh"
	"$KILN" -q --lab "$lab" build --force iso || exit 1
	alternate "$bench/native" "$native" "$bench/make" "\"$until\" exit sh '$bench/isoimage.sh'" || exit 1
	row "ISO image, from the shell's exec to the exit" ms "$(cat "$bench/native")" "make isoimage" "$(cat "$bench/make")" 0.1x
else
	missing "ISO image: make isoimage" "genisoimage is not installed"
	repeat "$RUNS" eval "$native" >"$bench/native" || exit 1
	row "ISO image, from the shell's exec to the exit" ms "$(cat "$bench/native")" "" "" -
fi

# --- size ---
loader=$(($(size /usr/lib/ISOLINUX/isolinux.bin) + $(size /usr/lib/syslinux/modules/bios/ldlinux.c32)))
files=$(($(size "$lab/out/bzImage") + $(size "$lab/out/initramfs.cpio") + loader))
[ -z "$theirs" ] || row "ISO image" bytes "$(size "$iso")" "make isoimage" "$theirs" 1x
# What ISO 9660 and El Torito cannot do without (the 8 KiB once hoped for are less than its empty system area): 16 sectors
# of that, 3 descriptors, 2 path tables, the root folder, its Rock Ridge continuation, the boot catalog, isolinux.cfg; and
# each of four files is rounded up to a sector.
row "ISO image beyond kernel, archive, isolinux" bytes $(($(size "$iso") - files)) "most the format takes" $((25 * 2048 + 4 * 2047)) 1x

# --- to the prompt ---
prompt() { # lab arguments…: milliseconds
	at=$1
	shift
	"$KILN" -q --lab "$at" run --json "$@" | sed -n 's/.*"prompt_s": *\([0-9.]*\).*/\1/p' | awk '{ print $1 * 1000 }'
}
RUNS=$(((RUNS + 1) / 2)) # each of these is some seconds
to_prompt() { # what lab limit arguments…
	what=$1 where=$2 limit=$3
	shift 3
	prompt "$where" "$@" >/dev/null || return 1 # the first one may have something to make
	alternate "$bench/image" "prompt '$where' $*" "$bench/direct" "prompt '$where'" || return 1
	row "prompt: $what" ms "$(cat "$bench/image")" "-kernel and -initrd" "$(cat "$bench/direct")" "$limit"
}
to_prompt "ISO image as a CD" "$lab" - --iso
to_prompt "ISO image as a USB stick" "$lab" - --usb
if [ ! -f /usr/share/ovmf/OVMF.fd ] && [ ! -f /usr/share/qemu/OVMF.fd ]; then
	missing "prompt: ISO image under UEFI" "there is no OVMF firmware"
	exit 0
fi
efi_lab || exit 1
row "kernel with EFI_STUB" bytes "$(size "$efi/out/bzImage")" "without" "$(size "$lab/out/bzImage")" -
to_prompt "ISO image under UEFI (OVMF)" "$efi" - --uefi
to_prompt "ISO image under UEFI as a USB stick" "$efi" - --uefi --usb
