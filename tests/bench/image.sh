# Bootable images: how long one takes beside the tree's own `make isoimage`, how much larger it is than what is in it, and how
# soon each way of booting reaches the prompt.
. "$top/tests/bench/lib.sh"
built_lab || exit 1
iso=$lab/out/image.iso

# --- time ---
"$KILN" -q --lab "$lab" -o iso.mode=kernel build --force iso || exit 1
theirs=$(stat -c %s "$iso")
make=$(sed -n 's/^\$ //p' "$lab/out/iso.log" | head -n 1)
printf '%s\n' "$make" >"$bench/isoimage.sh"
"$KILN" -q --lab "$lab" build --force iso || exit 1
alternate "$bench/native" "\"$until\" exit \"$KILN\" -q --lab '$lab' build --force iso" \
	"$bench/make" "\"$until\" exit env -u MAKEFLAGS -u MAKELEVEL sh '$bench/isoimage.sh'" || exit 1
row "ISO image, from the shell's exec to kiln's exit" ms "$(cat "$bench/native")" "make isoimage" "$(cat "$bench/make")" 0.1x

# --- size ---
size() { stat -c %s "$1"; }
loader=$(($(size /usr/lib/ISOLINUX/isolinux.bin) + $(size /usr/lib/syslinux/modules/bios/ldlinux.c32)))
files=$(($(size "$lab/out/bzImage") + $(size "$lab/out/initramfs.cpio") + loader))
row "ISO image" bytes "$(size "$iso")" "kernel, archive and isolinux's files" "$files" -
row "ISO image" bytes "$(size "$iso")" "make isoimage" "$theirs" 1x
# What ISO 9660 and El Torito cannot do without: 16 sectors of system area, 3 descriptors, 2 path tables, the root folder, its
# Rock Ridge continuation, the boot catalog, isolinux.cfg; and each of four files is rounded up to a sector.
row "ISO image: bytes beyond what is in it" bytes $(($(size "$iso") - files)) "what the format takes" $((25 * 2048 + 4 * 2047)) 1x

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
efi=${BENCH_LAB_EFI:-$bench/lab-efi}
if [ ! -d "$efi" ]; then
	cp -a "$lab" "$efi.new" && "$KILN" -q --lab "$efi.new" config --enable EFI_STUB && mv "$efi.new" "$efi"
fi
"$KILN" -q --lab "$efi" build || exit 1
row "kernel with EFI_STUB" bytes "$(size "$efi/out/bzImage")" "without" "$(size "$lab/out/bzImage")" -
to_prompt "ISO image under UEFI (OVMF)" "$efi" - --uefi
to_prompt "ISO image under UEFI as a USB stick" "$efi" - --uefi --usb
