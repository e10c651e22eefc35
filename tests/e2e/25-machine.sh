#!/bin/sh
# The machine in its other forms: the image as CD and as USB stick, the VGA face, and that nothing of it outlives kiln.
. "$(dirname "$0")/lib.sh"

image_as_cd() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab run --iso --expect '# ' --send '/bin/hello\n' --expect 'Hello from'
	has 'ISOLINUX'
	has 'Linux version'
}

image_as_stick() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab build iso
	sum=$(sha256sum <lab/out/image.iso)
	status 0 "$KILN" --lab lab run --usb --expect '# ' --send '/bin/hello\n' --expect 'Hello from'
	[ "$(sha256sum <lab/out/image.iso)" = "$sum" ]
}

image_on_vga() {
	[ -d "$check/lab-article" ] || skip "no five-option lab"
	copy_lab "$check/lab-article" lab
	status 0 "$KILN" --lab lab run --iso --expect '# ' --send '/bin/hello\n' --expect 'Hello from'
	has 'ISOLINUX'
}

uefi_without_stub_says_what_to_do() {
	lab_with_kernel lab
	! grep -q CONFIG_EFI_STUB=y lab/kernel.config || skip "this kernel has EFI_STUB"
	status 1 "$KILN" --lab lab run --uefi
	has 'EFI_STUB|ovmf|mtools|systemd'
	has 'next: '
}

cmdline_is_not_for_images() {
	lab_with_kernel lab
	status 2 "$KILN" --lab lab run --iso --cmdline 'quiet'
	has 'boot\.cmdline'
}

killed_kiln_leaves_no_vga_machine() {
	lab_with_kernel lab
	setsid "$KILN" --lab lab run --face vga --expect 'never to come' --timeout 60 >out 2>&1 &
	pid=$!
	until_true 60 pgrep -f "qemu-system.*curses.*$work/$count/lab"
	kill -9 $pid
	until_true 10 sh -c "! pgrep -f 'qemu-syste[m].*$work/$count/lab'"
}

transcript_that_cannot_be_written() {
	lab_with_kernel lab
	status 1 "$KILN" --lab lab run --transcript nosuch/dir/t
	has 'nosuch/dir/t'
	[ -e /dev/full ] || skip "no /dev/full"
	status 1 "$KILN" --lab lab run --transcript /dev/full
	has '/dev/full: No space left'
	! pgrep -f "qemu-syste[m].*$work/$count/lab"
}

wrong_console_is_explained() {
	[ -d "$check/lab-article" ] || skip "no five-option lab"
	copy_lab "$check/lab-article" lab
	status 5 "$KILN" --lab lab run --face serial --timeout 5
	has 'nothing at all'
	has 'face vga'
}

accelerator_that_hangs_is_found_out() {
	lab_with_kernel lab
	mkdir bin
	real=$(command -v qemu-system-x86_64)
	# Under KVM nothing ever happens; kiln must notice, remember it, and boot without.
	printf '#!/bin/sh\ncase "$*" in *"-accel kvm"*) echo x >>"%s/kvm"; exec sleep 1000;; esac\nexec %s "$@"\n' "$work/$count" "$real" >bin/qemu-system-x86_64
	chmod +x bin/qemu-system-x86_64
	[ -w /dev/kvm ] || skip "no /dev/kvm"
	cache=$work/$count/cache
	mkdir cache
	for f in "$KILN_CACHE"/*; do case $f in */accel) ;; *) ln -s "$f" cache/ ;; esac; done
	for i in 1 2; do
		status 0 env KILN_CACHE="$cache" PATH="$work/$count/bin:$PATH" "$KILN" --lab lab run
	done
	[ "$(wc -l <kvm)" = 1 ]
	status 0 env KILN_CACHE="$cache" PATH="$work/$count/bin:$PATH" "$KILN" doctor
	has 'did nothing for 2 s'
}

t "the image boots as a CD and answers" image_as_cd
t "the image boots as a USB stick, and a run does not change it" image_as_stick
t "the five-option kernel's image answers on the VGA screen" image_on_vga
t "UEFI without EFI_STUB names the next step" uefi_without_stub_says_what_to_do
t "a command line for an image is refused" cmdline_is_not_for_images
t "kiln killed by SIGKILL leaves no QEMU with a screen" killed_kiln_leaves_no_vga_machine
t "a transcript that cannot be written is an error, not a loss" transcript_that_cannot_be_written
t "a silent serial line is explained" wrong_console_is_explained
t "an accelerator that hangs is found out once" accelerator_that_hangs_is_found_out
done_testing
