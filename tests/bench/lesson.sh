# Static checks of lessons: the answer a learner waits for after each change, from the start of the program to its end.
. "$top/tests/bench/lib.sh"
"$KILN" -q --lab "$lab" build iso || exit 1
mkdir -p "$bench/lessons/01-all"
cat >"$bench/lessons/01-all/lesson.md" <<'END'
---
id: all
title: All static kinds
---
## All {#all}
```{check}
- {id: a, say: x, kconfig: {TTY: y, 64BIT: y, PRINTK: y}}
- {id: b, say: x, kconfig-from: {base: tinyconfig, max-changed: 9999}}
- {id: c, say: x, option: {init.variant: c-libc}}
- {id: d, say: x, build: {stage: iso, warnings: 99}}
- {id: e, say: x, size: {path: out/bzImage, gt: 0}}
- {id: f, say: x, file: {path: out/init, exists: yes}}
- {id: g, say: x, elf: {path: out/init, static: yes, undefined: 9}}
- {id: h, say: x, cpio: {path: out/initramfs.cpio, format: newc, has: [init]}}
- {id: i, say: x, iso: {path: out/image.iso, eltorito: yes}}
- {id: j, say: x, source: {path: init/c-libc/init.c, match: 'main'}}
```
```{solve}
- build: iso
```
END
all() { # lessons
	"$until" exit "$KILN" -q --lab "$lab" lesson check --static "$@"
}
"$KILN" --lab "$lab" lesson check -L "$bench/lessons" >"$bench/lesson.log" || { cat "$bench/lesson.log" >&2; exit 1; }
alternate "$bench/ours" 'all -L "$bench/lessons"' "$bench/true" '"$until" exit "$KILN" --version' || exit 1
row "a lesson with every static kind of check" ms "$(cat "$bench/ours")" "floor: kiln --version" "$(cat "$bench/true")" 150
