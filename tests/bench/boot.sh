# A re-run with nothing changed, from the shell's exec to the prompt and kiln's exit, beside QEMU itself with the same kernel,
# archive and command line. And a changed init: up to the new prompt, without the kernel's make.
. "$top/tests/bench/lib.sh"
built_lab || exit 1
cmdline="console=ttyS0 printk.time=1 panic=-1 reboot=t"
bare="\"$until\" text '# ' qemu-system-x86_64 -m 128 -no-reboot -nographic -kernel '$lab/out/bzImage' -initrd '$lab/out/initramfs.cpio' -append '$cmdline'"
ours="\"$until\" exit \"$KILN\" -q --lab '$lab' run"
eval "$ours" >/dev/null || exit 1 # the first one may probe the accelerator
alternate "$bench/ours" "$ours" "$bench/bare" "$bare" || exit 1
row "run, nothing changed, to the prompt" ms "$(cat "$bench/ours")" "qemu-system-x86_64, bare" "$(cat "$bench/bare")" 1.15x
init=$(ls "$lab"/init/c-libc/*.c | head -n 1)
cp "$init" "$bench/init.c"
edited() {
	printf '/* %s */\n' "$(date +%N)" >>"$init"
	"$until" exit "$KILN" -q --lab "$lab" run
}
stamp=$(stat -c %Y.%i "$lab/out/bzImage")
alternate "$bench/ours" edited "$bench/bare" "$bare" || exit 1
row "run after an edit of init, to the prompt" ms "$(cat "$bench/ours")" "qemu-system-x86_64, bare" "$(cat "$bench/bare")" -
cat "$bench/init.c" >"$init"
[ "$stamp" = "$(stat -c %Y.%i "$lab/out/bzImage")" ] || { echo "the kernel was made again after an edit of init"; exit 1; }
