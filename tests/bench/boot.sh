# A re-run with nothing changed, from the shell's exec to the prompt and kiln's exit, beside QEMU itself with the same kernel,
# archive and command line.
. "$top/tests/bench/lib.sh"
built_lab || exit 1
cmdline="console=ttyS0 printk.time=1 panic=-1 reboot=t"
bare="\"$until\" text '# ' qemu-system-x86_64 -m 128 -no-reboot -nographic -kernel '$lab/out/bzImage' -initrd '$lab/out/initramfs.cpio' -append '$cmdline'"
ours="\"$until\" exit \"$KILN\" -q --lab '$lab' run"
eval "$ours" >/dev/null || exit 1 # the first one may probe the accelerator
alternate "$bench/ours" "$ours" "$bench/bare" "$bare" || exit 1
row "run, nothing changed, to the prompt" ms "$(median <"$bench/ours")" "qemu-system-x86_64, bare" "$(median <"$bench/bare")" 1.15x
