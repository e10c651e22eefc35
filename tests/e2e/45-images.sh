#!/bin/sh
# Bootable images: every way of booting reaches the prompt and answers, the bytes are always the same, other programs read
# the image as kiln does, faults are named with their next step, and a stick is written only where that is safe.
. "$(dirname "$0")/lib.sh"

mounted=
cleanup() {
	for m in $mounted; do umount "$m" 2>/dev/null; done
	losetup -a 2>/dev/null | sed -n "s|^\(/dev/loop[0-9]*\):.*$work.*|\1|p" | while read -r l; do losetup -d "$l"; done
}

# A lab whose kernel has EFI_STUB: made once, kept for the next run.
efi_lab() {
	efi=$check/lab-efi
	if ! grep -q '^CONFIG_EFI_STUB=y' "$efi/kernel.config" 2>/dev/null; then
		rm -rf "$efi" "$efi.new"
		cp -a "$check/lab" "$efi.new"
		"$KILN" -q --lab "$efi.new" config --enable EFI_STUB
		mv "$efi.new" "$efi"
	fi
	"$KILN" -q --lab "$efi" build
}

answers() { # kiln run arguments…; $option: a setting laid over kiln.conf
	status 0 "$KILN" --lab lab ${option:+-o "$option"} run --timeout 180 "$@" --expect '# ' --send '/bin/hello\n' --expect 'Hello from'
}

sum() {
	sha256sum <"$1"
}

# --- the ways of booting ---

direct() {
	lab_with_kernel lab
	answers
	hasnt ISOLINUX
}

cd_image() {
	lab_with_kernel lab
	answers --iso
	has 'ISOLINUX'
}

usb_stick() {
	lab_with_kernel lab
	answers --usb
	has 'ISOLINUX'
}

uefi() {
	efi_lab
	copy_lab "$check/lab-efi" lab
	answers --uefi
	has 'EFI v2'
	hasnt 'ISOLINUX'
}

uefi_stick() {
	efi_lab
	copy_lab "$check/lab-efi" lab
	answers --uefi --usb
	has 'EFI v2'
}

both_firmwares() {
	efi_lab
	copy_lab "$check/lab-efi" lab
	option=iso.uefi=yes
	status 0 "$KILN" --lab lab -o iso.uefi=yes build iso
	before=$(sum lab/out/image.iso)
	answers --iso
	has 'ISOLINUX'
	[ "$(sum lab/out/image.iso)" = "$before" ]
}

cd_61() {
	[ -d "$check/lab61" ] || skip "no linux-source-6.1 on this Debian"
	copy_lab "$check/lab61" lab
	option=kernel.source=$(ls /usr/src/linux-source-6.1.tar.*)
	answers --iso
	has 'Linux version 6\.1\.'
	has 'ISOLINUX'
}

cd_vga() {
	copy_lab "$check/lab-article" lab
	! grep -q '^CONFIG_SERIAL_8250_CONSOLE=y' lab/kernel.config
	answers --iso
	has 'ISOLINUX'
}

usb_vga() {
	copy_lab "$check/lab-article" lab
	answers --usb
}

by_make() {
	copy_lab "$check/lab" lab
	before=$(sum lab/out/bzImage)
	status 0 "$KILN" --lab lab -v -o iso.mode=kernel build iso
	has "make .* isoimage 'FDARGS=initrd=/init\.cpio .*' FDINITRD="
	# What was compiled already is not compiled again.
	! grep -E ' CC +(init|kernel|mm)/' lab/out/iso.log
	status 0 isoinfo -l -i lab/out/image.iso
	has 'LDLINUX\.C32'
	option=iso.mode=kernel
	answers --iso
	[ "$(sum lab/out/bzImage)" = "$before" ]
}

on_screen() { # how evidence
	printf 'timeout 120\nwait idle\nrun run --%s\nwait text Console.*prompt [0-9.]+ s\nwait idle\n' "$1" >script
	status 0 "$KILN" -C lab --script script --size 100x40
	grep -E "qemu-system.*$2" lab/out/boot.log
}

cd_on_screen() {
	lab_with_kernel lab
	on_screen iso 'media=cdrom.*image\.iso'
}

usb_on_screen() {
	lab_with_kernel lab
	on_screen usb 'usb-storage'
}

uefi_on_screen() {
	efi_lab
	copy_lab "$check/lab-efi" lab
	on_screen uefi 'OVMF.*image\.iso'
}

# --- the bytes ---

same_bytes() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab build iso
	one=$(sum lab/out/image.iso)
	# later, in another place, locale and time zone, with other dates and another order of the folder
	cp -r lab other
	touch other/out/bzImage
	until_true 3 sh -c '[ "$(date +%s)" != '"$(stat -c %Y lab/out/image.iso)"' ]'
	status 0 env LC_ALL=C TZ=Asia/Tokyo "$KILN" --lab other build --force iso
	[ "$(sum other/out/image.iso)" = "$one" ]
}

same_bytes_with_files() {
	lab_with_kernel lab
	mkdir -p lab/iso/a lab/iso/empty
	printf 1 >lab/iso/a/one
	printf 2 >'lab/iso/zwei ü 世界.txt'
	status 0 env LC_ALL=C.UTF-8 "$KILN" --lab lab build iso
	one=$(sum lab/out/image.iso)
	status 0 xorriso -indev lab/out/image.iso -find / -exec lsdl
	has "/zwei ü 世界.txt'"
	has "/a/one'"
	has "/empty'"
	# Windows reads the Joliet names
	status 0 xorriso -read_fs norock -indev lab/out/image.iso -find /
	has "^'/zwei ü 世界\.txt'$"
	rm -rf lab/iso
	mkdir -p lab/iso/empty lab/iso/a
	printf 2 >'lab/iso/zwei ü 世界.txt'
	printf 1 >lab/iso/a/one
	touch -d '2001-02-03' lab/iso/a/one lab/iso/a
	status 0 env LC_ALL=C "$KILN" --lab lab build --force iso
	[ "$(sum lab/out/image.iso)" = "$one" ]
	answers --iso
}

same_bytes_uefi() {
	efi_lab
	copy_lab "$check/lab-efi" lab
	status 0 "$KILN" --lab lab -o iso.uefi=yes build --force iso
	one=$(sum lab/out/image.iso)
	stamp=$(stat -c %Y lab/out/image.iso)
	until_true 5 sh -c '[ $(($(date +%s) - '"$stamp"')) -ge 3 ]' # FAT counts in steps of two seconds
	cp -r lab 'an other'
	status 0 env TZ=Asia/Tokyo "$KILN" --lab 'an other' -o iso.uefi=yes build --force iso
	[ "$(sum 'an other/out/image.iso')" = "$one" ]
}

in_a_moment() {
	lab_with_kernel lab
	"$KILN" -q --lab lab build initramfs
	began=$(date +%s%N)
	status 0 "$KILN" --lab lab build --force iso
	ms=$((($(date +%s%N) - began) / 1000000))
	echo "$ms ms under sanitizers"
	[ "$ms" -lt 10000 ]
}

# --- others read it as we do ---

# A number or word of `kiln iso --json`, by its name; of the nth that is so named.
field() { # name nth
	sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\",]*\).*/\1/p" json | sed -n "${2:-1}p"
}

agree() { # image
	"$KILN" iso --json "$1" >json
	isoinfo -d -i "$1" >isoinfo
	xorriso -indev "$1" -report_el_torito plain -report_system_area plain >xorriso 2>/dev/null
	cat isoinfo xorriso
	grep -qx "Volume id: $(field label)" isoinfo
	grep -qx "Volume size is: $(field volume_sectors)" isoinfo
	n=$(grep -c '^El Torito boot img :' xorriso) || :
	if [ "$n" != 0 ]; then
		grep -q "boot catalog is in sector $(field catalog_lba)$" isoinfo
		grep -q "^El Torito catalog  : $(field catalog_lba) " xorriso
		grep -q "Bootoff .* $(field lba 1)$" isoinfo
	fi
	[ "$n" = "$(grep -c '"platform"' json)" ]
	i=1
	while [ $i -le "$n" ]; do
		grep -q -E "^El Torito boot img : +$i +$(field platform $i) +y +none +0x0000 +0x00 +$(field sectors $i) +$(field lba $i)$" xorriso
		i=$((i + 1))
	done
	! grep -q '"hybrid": true' json || grep -q '^System area summary: MBR' xorriso
	[ "$(sum "$1")" = "$(field sha256)  -" ]
	[ "$(stat -c %s "$1")" = "$(field bytes)" ]
	sed -n 's/^ *"name": *"\(.*\)",/\1/p' json | sort >ours
	xorriso -indev "$1" -find / 2>/dev/null | sed "s|^'/*\(.*\)'$|\1|" | grep -v '^$' | sort >theirs
	diff ours theirs
}

read_alike() {
	lab_with_kernel lab
	mkdir -p lab/iso/a
	echo 1 >lab/iso/a/one
	status 0 "$KILN" --lab lab -o iso.label=MY_LABEL build iso
	agree lab/out/image.iso
	[ "$(field label)" = MY_LABEL ]
	[ "$(field platform)" = BIOS ]
	xorriso -indev lab/out/image.iso -report_el_torito plain 2>/dev/null | grep -q 'boot-info-table isohybrid-suitable'
}

read_alike_uefi() {
	efi_lab
	copy_lab "$check/lab-efi" lab
	status 0 "$KILN" --lab lab -o iso.uefi=yes build iso
	agree lab/out/image.iso
	[ "$(field platform 2)" = UEFI ]
	xorriso -indev lab/out/image.iso -report_system_area plain 2>/dev/null | grep -E '^MBR partition +: +2 +0x00 +0xef'
	mdir -/ -b -i lab/out/esp.img >names
	grep -qx '::/EFI/BOOT/BOOTX64.EFI' names
}

read_others() {
	mkdir in
	echo hello >in/hello.txt
	head -c 3000000 /dev/zero >in/big
	genisoimage -quiet -V OTHER -R -o other.iso in
	agree other.iso
	status 0 "$KILN" iso other.iso
	has 'boots +not'
	has '3,000,000  big'
}

big_image() {
	mkdir in
	truncate -s 700M in/big
	genisoimage -quiet -R -o big.iso in
	status 0 "$KILN" iso big.iso
	has '734,003,200  big'
}

compared() {
	lab_with_kernel lab
	mkdir lab/iso
	echo 1 >lab/iso/same
	echo 2 >lab/iso/other
	echo 3 >lab/iso/gone
	status 0 "$KILN" --lab lab build iso
	mv lab/out/image.iso a.iso
	echo 4 >lab/iso/other
	rm lab/iso/gone
	echo 5 >lab/iso/new
	status 0 "$KILN" --lab lab build iso
	status 0 "$KILN" iso --diff a.iso lab/out/image.iso
	has '^added +new'
	has '^removed +gone'
	has '^changed +other'
	hasnt 'same'
	status 0 "$KILN" iso --diff a.iso a.iso
	has 'the same files'
	status 2 "$KILN" iso --diff a.iso
}

no_image() {
	head -c 100000 /dev/urandom >noise
	status 1 "$KILN" iso noise
	has 'noise is no ISO 9660 image'
	lab_with_kernel lab
	status 0 "$KILN" --lab lab build iso
	head -c 300000 lab/out/image.iso >short.iso
	status 1 "$KILN" iso short.iso
	has 'cut short'
	: >empty.iso
	status 1 "$KILN" iso empty.iso
	has 'no ISO 9660 image'
	status 1 "$KILN" iso nosuch.iso
	has 'nosuch\.iso: No such file'
}

# --- faults ---

labels() {
	lab_with_kernel lab
	status 1 "$KILN" --lab lab -o iso.label=AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDDD build iso
	has '33 characters.*1 to 32'
	status 1 "$KILN" --lab lab -o iso.label=lower build iso
	has 'A-Z, 0-9 and _'
	status 1 "$KILN" --lab lab -o iso.label='A B' build iso
	status 0 "$KILN" --lab lab -o iso.label=AAAAAAAAAABBBBBBBBBBCCCCCCCCCCDD build iso
}

command_line_too_long() {
	lab_with_kernel lab
	status 1 "$KILN" --lab lab -o boot.cmdline="$(printf 'a%.0s' $(seq 2000))" build iso
	has 'command line has 20[0-9][0-9] bytes'
}

refused_name() { # name pattern
	rm -rf lab/iso
	mkdir -p lab/iso
	echo x >"lab/iso/$1"
	status 1 "$KILN" --lab lab build iso
	has "$2"
	has 'next: rename it'
	[ "$(sum lab/out/image.iso)" = "$before" ]
}

names() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab build iso
	before=$(sum lab/out/image.iso)
	refused_name Linux 'would replace the image.s own linux'
	refused_name "$(printf 'bad\377name')" 'bad\\377name: its name is not UTF-8'
	refused_name "$(printf 'new\nline')" 'new\\012line: its name has a character'
	refused_name "$(printf 'x%.0s' $(seq 200))" 'has 200 characters'
	rm -rf lab/iso
	mkdir -p lab/iso/1/2/3/4/5/6/7/8
	status 1 "$KILN" --lab lab build iso
	has 'nest too deep'
	rm -rf lab/iso
	mkdir lab/iso
	mkfifo lab/iso/pipe
	status 1 "$KILN" --lab lab build iso
	has 'neither a file nor a folder'
}

# Run a shell line where something is mounted over a path: as if a package were not installed.
without() { # path shell-line
	mkdir -p nothing
	: >no_tool
	if [ -d "$1" ]; then over=nothing; else over=no_tool; fi
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	got=0
	unshare -m sh -c "mount --bind '$over' '$1' && $2" >out 2>&1 || got=$?
	cat out
	[ "$got" = 1 ]
}

not_installed() {
	root
	lab_with_kernel lab
	rm -f lab/out/image.iso
	export KILN
	without /usr/lib/ISOLINUX '"$KILN" --lab lab build iso'
	has 'isolinux\.bin is not installed'
	has 'next: apt-get install isolinux'
	without /usr/lib/syslinux/modules/bios '"$KILN" --lab lab build iso'
	has 'ldlinux\.c32 is not installed'
	has 'next: apt-get install syslinux-common'
	without "$(realpath "$(command -v genisoimage)")" '"$KILN" --lab lab -o iso.mode=kernel build iso'
	has 'genisoimage is not installed'
	has 'iso\.mode = native'
	[ ! -e lab/out/image.iso ]
}

uefi_not_installed() {
	root
	efi_lab
	copy_lab "$check/lab-efi" lab
	export KILN
	without /usr/share/ovmf '"$KILN" --lab lab run --uefi'
	has 'no UEFI firmware'
	has 'next: apt-get install ovmf'
	without /usr/lib/systemd/boot/efi '"$KILN" --lab lab -o iso.uefi=yes build iso'
	has 'next: apt-get install systemd-boot-efi'
	without "$(realpath "$(command -v mformat)")" '"$KILN" --lab lab -o iso.uefi=yes build iso'
	has 'next: apt-get install mtools'
}

no_efi_stub() {
	lab_with_kernel lab
	status 1 "$KILN" --lab lab -o iso.uefi=yes build iso
	has 'the kernel has no EFI_STUB'
	has 'next: kiln config --enable EFI_STUB'
}

disk_full() {
	root
	lab_with_kernel lab
	status 0 "$KILN" --lab lab build iso
	before=$(sum lab/out/image.iso)
	rm -rf full
	mkdir full
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	export KILN
	# room for what is there, not for a second image
	got=0
	unshare -m sh -c 'mount -t tmpfs -o size=$(($(du -sk lab/out | cut -f 1) + 1024))k none full && cp -a lab/out/. full/ &&
		mount --bind full lab/out && { "$KILN" --lab lab -o iso.label=FULL build iso; r=$?; sha256sum <lab/out/image.iso >after; ls -a lab/out >left; exit $r; }' >out 2>&1 || got=$?
	cat out
	[ "$got" = 1 ]
	has 'image\.iso: No space left on device'
	has 'next: the disk is full'
	[ "$(cat after)" = "$before" ]
	! grep -v -x -F "$(ls -a lab/out)" left
}

# --- the stick ---

image() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab build iso
	size=$(stat -c %s lab/out/image.iso)
}

starts_with_image() { # file
	head -c "$size" "$1" | cmp - lab/out/image.iso
}

loop() { # size: sets $dev
	root
	truncate -s "$1" medium
	dev=$(losetup --show -f medium) || skip "no loop devices here"
}

write_file() {
	image
	truncate -s 8M stick
	status 0 "$KILN" --lab lab write --file --confirm stick stick
	has 'written and read back'
	starts_with_image stick
	[ "$(stat -c %s stick)" = 8388608 ]
	status 0 "$KILN" iso stick
	has 'hybrid'
	before=$(sum stick)
	status 1 "$KILN" write --file --confirm stick --image lab/kiln.conf stick
	has 'no image that a stick boots from'
	status 2 "$KILN" write --file --confirm stick
	has 'needs the DEVICE'
	[ "$(sum stick)" = "$before" ]
	status 0 "$KILN" --lab lab write --file --confirm stick stick --json
	has '"written": ".*/stick"'
}

asks_first() {
	image
	truncate -s 4M stick
	before=$(sum stick)
	status 2 "$KILN" --lab lab write --file stick </dev/null
	has 'nothing was written'
	has '--confirm stick'
	status 130 "$KILN" --lab lab write --file --confirm other stick
	has 'nothing was written'
	status 1 "$KILN" --lab lab write stick
	has '--file allows a plain file'
	[ "$(sum stick)" = "$before" ]
	# typed at a terminal: wrong, then right
	command -v script >/dev/null || skip "no script(1) to make a terminal"
	export KILN
	status 130 sh -c 'echo wrong | script -qec "\"$KILN\" --lab lab write --file stick" /dev/null'
	has 'Type stick to go on'
	[ "$(sum stick)" = "$before" ]
	status 0 sh -c 'echo stick | script -qec "\"$KILN\" --lab lab write --file stick" /dev/null'
	has 'written and read back'
	starts_with_image stick
}

write_loop() {
	loop 8M
	image
	status 0 "$KILN" --lab lab write --confirm "${dev#/dev/}" "$dev"
	has "$dev: .*8,388,608 bytes"
	has 'written and read back'
	losetup -d "$dev"
	starts_with_image medium
}

too_small() {
	loop 1M
	image
	before=$(sum medium)
	status 1 "$KILN" --lab lab write --confirm "${dev#/dev/}" "$dev"
	has "the image has $size bytes, $dev only 1048576"
	[ "$(sum medium)" = "$before" ]
}

mounted_disk() {
	loop 8M
	image
	mkdir mnt
	for fs in ext2 ext4 vfat; do
		"mkfs.$fs" "$dev" && mount "$dev" mnt && break
	done
	mountpoint mnt || skip "nothing can be mounted here"
	mounted=$PWD/mnt
	status 1 "$KILN" --lab lab write --confirm "${dev#/dev/}" "$dev"
	has "$dev is in use"
	has 'next: unmount it first'
	umount mnt
	mount "$dev" mnt # what was on it is still there
	umount mnt
	status 0 "$KILN" --lab lab write --confirm "${dev#/dev/}" "$dev"
}

partition() {
	root
	image
	cp lab/out/image.iso medium
	dev=$(losetup --show -P -f medium) || skip "no loop devices here"
	[ -b "${dev}p1" ] || partx -a "$dev" || :
	[ -b "${dev}p1" ] || skip "loop devices have no partitions here"
	status 1 "$KILN" --lab lab write --confirm "${dev#/dev/}p1" "${dev}p1"
	has 'is a partition'
	has 'name the disk itself'
}

fixed_disk() {
	image
	for d in /sys/class/block/*; do
		name=${d##*/}
		[ ! -e "$d/partition" ] && [ "$(cat "$d/removable")" = 0 ] && [ -b "/dev/$name" ] || continue
		case $name in loop* | ram*) continue ;; esac
		case $(realpath "$d") in */usb*) continue ;; esac
		status 1 "$KILN" --lab lab write --confirm "$name" "/dev/$name"
		has 'neither removable nor on USB|is in use'
		status 1 "$KILN" --lab lab write --file --confirm "$name" "/dev/$name"
		found=1
	done
	[ -n "${found:-}" ] || skip "no fixed disk to be seen here"
}

no_disks() {
	image
	for f in /dev/null . nosuch; do
		status 1 "$KILN" --lab lab write --file --confirm x "$f"
		has "$f|$PWD"
	done
	status 0 "$KILN" --lab lab write
	rm lab/out/image.iso
	truncate -s 4M stick
	status 1 "$KILN" --lab lab write --file --confirm stick stick
	has 'next: kiln build iso'
}

stick_full() {
	root
	image
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	export KILN
	mkdir small
	status 1 unshare -m sh -c 'mount -t tmpfs -o size=1m none small && : >small/stick &&
		"$KILN" --lab lab write --file --confirm stick small/stick'
	has 'stopped at byte [0-9]+: No space left'
	has 'not bootable now'
}

t "the kernel and its archive boot to the prompt" direct
t "the ISO image boots as a CD" cd_image
t "the ISO image boots as a USB stick" usb_stick
t "the ISO image boots under UEFI" uefi
t "the ISO image boots under UEFI as a USB stick" uefi_stick
t "the image for UEFI boots by a BIOS as well" both_firmwares
t "the ISO image with 6.1 boots" cd_61
t "the ISO image with the five-option kernel boots on the VGA screen" cd_vga
t "the five-option kernel boots from a USB stick on the VGA screen" usb_vga
t "the tree's own make isoimage makes an image that boots" by_make
t "the screen boots the image as a CD" cd_on_screen
t "the screen boots the image as a USB stick" usb_on_screen
t "the screen boots the image by UEFI" uefi_on_screen
t "two builds give the same bytes" same_bytes
t "two builds with files of one's own give the same bytes" same_bytes_with_files
t "two builds with UEFI give the same bytes" same_bytes_uefi
t "an image takes a moment" in_a_moment
t "xorriso and isoinfo read it as we do" read_alike
t "xorriso and isoinfo read the UEFI image as we do" read_alike_uefi
t "an image made by genisoimage is read alike" read_others
t "a big image is read" big_image
t "two images are compared" compared
t "what is no image, or cut short, is told" no_image
t "labels are checked" labels
t "a command line that the kernel would cut is refused" command_line_too_long
t "names that cannot be on an image are refused, and the old image stays" names
t "what is not installed is named with its package" not_installed
t "what UEFI needs and is not installed is named with its package" uefi_not_installed
t "UEFI without EFI_STUB names the next step" no_efi_stub
t "a full disk leaves the old image" disk_full
t "a plain file is written and read back" write_file
t "nothing is written without the typed confirmation" asks_first
t "a loop device is written and read back" write_loop
t "an image larger than the medium is refused" too_small
t "a mounted medium is refused" mounted_disk
t "a partition is refused" partition
t "this machine's own disk is refused" fixed_disk
t "what is no disk is refused" no_disks
t "a medium that is full says where it stopped" stick_full
done_testing
