#!/bin/sh
# The initramfs from the shell: what goes in and where it comes from, changes that the guest then sees, each compression
# booted, archives made elsewhere looked into, and hostile ones.
. "$(dirname "$0")/lib.sh"

list_says_where_things_come_from() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab build initramfs
	status 0 "$KILN" --lab lab initramfs
	has '^-rwxr-xr-x +0:0 +[0-9]+  /init   # init$'
	has '^crw------- +0:0 +5, 1  /dev/console   # always$'
	has '/bin/hello   # companion$'
	has 'as last packed: [0-9]+ bytes'
	status 0 "$KILN" --lab lab initramfs list --json
	[ "$(head -c 1 out)" = '{' ] && [ "$(tail -n 1 out)" = '}' ]
	grep -q '"origin": "companion"' out
	status 0 "$KILN" --lab lab initramfs list lab/out/initramfs.cpio
	has '^crw------- +0:0 +5, 1  /dev/console$'
}

# One changed archive, booted once: what was added, linked, made and changed is there.
changes_reach_the_guest() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab build initramfs
	cp -a lab/out/initramfs.cpio before.cpio
	printf 'it was added\n' >note
	k="$KILN --lab lab initramfs"
	status 0 $k add note etc/note
	status 0 $k link ../etc/note bin/linked
	status 0 $k node dev/null c 1 3
	status 0 $k mkdir var/empty
	status 0 $k chmod 0700 etc/note
	status 0 "$KILN" --lab lab run --expect '# ' --send '/bin/cat /bin/linked\n' --expect 'it was added' --expect '# ' --send '/bin/ls /var\n' --expect empty
	status 0 $k diff before.cpio lab/out/initramfs.cpio
	has '^\+ /etc/note$'
	has '^\+ /dev/null$'
	has '^\+ /var/empty$'
	status 0 $k show etc/note
	has 'mode +0100700 -rwx------'
	status 0 $k rm etc bin/linked dev/null var
	status 0 "$KILN" --lab lab build initramfs
	status 0 $k diff before.cpio
	has '^no difference'
}

# busybox and a dynamic program with its libraries run in the guest.
userland_runs_in_the_guest() {
	command -v busybox >/dev/null && busybox --list-full >/dev/null || skip "busybox-static is not installed"
	lab_with_kernel lab
	status 2 "$KILN" --lab lab initramfs busybox sh ecko
	has 'no program `ecko`'
	[ ! -e lab/rootfs/bin/busybox ]
	status 0 "$KILN" --lab lab initramfs busybox sh echo cat expr
	has 'kept /bin/cat'
	printf '#include <stdio.h>\n#include <math.h>\nint main(int n, char **v) { (void)v; printf("dyn %%d\\n", (int)sqrt(n * 49.0)); return 0; }\n' >d.c
	gcc -o dyn d.c -lm
	status 0 "$KILN" --lab lab initramfs add --libs dyn
	has 'library /lib64/ld-linux-x86-64.so.2'
	has 'library /lib/x86_64-linux-gnu/libc.so.6'
	status 0 "$KILN" --lab lab run --timeout 90 --expect '# ' --send '/bin/dyn\n' --expect 'dyn 7' \
		--expect '# ' --send '/bin/sh\n' --expect '[#$] ' --send 'echo busy$(expr 6 \\* 7)\n' --expect 'busy42'
}

compressions_boot() {
	lab_with_kernel lab
	for c in gzip bzip2 lzma xz zstd; do
		grep -q "^CONFIG_RD_$(echo $c | tr a-z A-Z)=y" lab/kernel.config || { echo "no RD option for $c"; return 1; }
		status 0 "$KILN" --lab lab -o initramfs.compression=$c run --expect '# ' --send '/bin/hello\n' --expect 'Hello from'
		status 0 "$KILN" initramfs list lab/out/initramfs.cpio
		has "compression $c"
		hasnt 'would not take it'
	done
}

compression_the_kernel_lacks() {
	lab_with_kernel lab
	status 0 "$KILN" --lab lab config --set RD_XZ=n
	status 1 "$KILN" --lab lab -o initramfs.compression=xz build initramfs
	has 'CONFIG_RD_XZ is not set'
	has 'config --set RD_XZ=y'
}

archives_made_elsewhere() {
	mkdir -p t/etc
	echo hi >t/etc/motd
	ln -s /etc/motd t/l
	(cd t && find . | cpio -o --quiet -H newc | xz) >crc64.img
	(cd t && find . | cpio -o --quiet -H odc) >odc.img
	(cd t && find . | cpio -o --quiet -H newc | zstd -q) >zst.img
	status 0 "$KILN" initramfs list zst.img
	has '/l -> /etc/motd'
	hasnt 'would not take it'
	status 0 "$KILN" initramfs list crc64.img --json
	has '"refused": ".*CRC32'
	status 0 "$KILN" initramfs list odc.img
	has 'would not take it: .*odc'
	status 0 "$KILN" initramfs show etc/motd odc.img
	has 'magic +070707'
	status 0 "$KILN" initramfs diff zst.img odc.img
}

hostile_archives() {
	mkdir in
	(cd in && echo x >../up && echo ../up | cpio -o --quiet -H newc) >dots.img
	status 0 "$KILN" initramfs list dots.img
	has 'climbs out by \.\.'
	head -c 200 dots.img >cut.img
	status 1 "$KILN" initramfs list cut.img
	has 'cut\.img: byte [0-9]+: '
	printf '070701%096dffffffff' 0 >wrong.img
	status 1 "$KILN" initramfs list wrong.img
	has 'wrong\.img: byte'
	: >empty.img
	status 1 "$KILN" initramfs list empty.img
	status 1 "$KILN" initramfs list nosuch.img
	has 'nosuch\.img'
	e=$(printf 'a\033[31mb')
	(cd in && : >"$e" && find . -type f | cpio -o --quiet -H newc) >esc.img
	status 0 "$KILN" initramfs list esc.img
	! LC_ALL=C grep -q "$(printf '\033')" out
	has 'a\\033\[31mb'
}

wrong_words() {
	status 2 "$KILN" initramfs frobnicate
	has 'one of list, show, diff'
	status 2 "$KILN" initramfs add
	has 'usage: kiln initramfs add FILE \[NAME\]'
	status 1 "$KILN" initramfs add /etc/hostname
	has 'there is no lab'
	"$KILN" new lab
	status 1 "$KILN" --lab lab initramfs add /etc/hostname ../../x
	status 1 "$KILN" --lab lab initramfs rm dev/console
	has 'always there'
	echo 'nod dev/x 0666 0 0 q 1 3' >>lab/rootfs/manifest
	status 1 "$KILN" --lab lab initramfs list
	has 'rootfs/manifest:[0-9]+:20: `q` is no kind of device'
}

t "the list says where each entry comes from" list_says_where_things_come_from
t "changes reach the guest, and go again without a trace" changes_reach_the_guest
t "busybox and a dynamic program run in the guest" userland_runs_in_the_guest
t "each compression boots" compressions_boot
t "a compression that the kernel lacks" compression_the_kernel_lacks
t "archives made elsewhere" archives_made_elsewhere
t "hostile archives" hostile_archives
t "wrong words" wrong_words
done_testing
