# kiln: non-recursive build. KIND=release (default) or asan; everything built goes to .build/KIND.
#   make            build ./kiln                      make run      the main job, on a fresh machine too
#   make check      install test needs, run tests     make check-all  the slow matrices as well
#   make install    DESTDIR= PREFIX=/usr/local        make bench    side-by-side timings
KIND    ?= release
PREFIX  ?= /usr/local
VERSION := 0.1.0

B       := .build/$(KIND)
CC      ?= cc
PKGS    := libuv libarchive liblzma libpcre2-8 json-c nettle liblz4 libcmark yaml-0.1 libelf libdw capstone
PKGS_TUI := ncursesw libtsm termkey

WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes $(if $(CI),-Werror)
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -I. -I$(B) $(WARN) $(OPT_$(KIND)) -fstack-protector-strong \
	-DKILN_VERSION='"$(VERSION)"' \
	-DKILN_DATADIR='"$(PREFIX)/share/kiln"' \
	$(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS) $(CFLAGS)
# Core is compiled without a sight of curses.
CFLAGS_OF_tui = $(CFLAGS_TUI)
CFLAGS_TUI = $(shell pkg-config --cflags $(PKGS_TUI))
LIBS     = $(shell pkg-config --libs $(PKGS)) $(LDFLAGS)
LIBS_TUI = $(if $(PKGS_TUI),$(shell pkg-config --libs $(PKGS_TUI)))

# Folders of data that kiln reads at run time.
DATA     := $(wildcard kconfig initsrc themes lessons scripts)

CORE_SRC := $(wildcard core/*.c)
TUI_SRC  := $(filter-out tui/main.c,$(wildcard tui/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
CORE_OBJ := $(CORE_SRC:%.c=$(B)/%.o)
TUI_OBJ  := $(TUI_SRC:%.c=$(B)/%.o)
# Catalogues: po/LANG.po, read at run time from .build/locale or the installed locale/.
LANGS    := $(if $(shell command -v msgfmt),$(patsubst po/%.po,%,$(wildcard po/*.po)))
MO       := $(LANGS:%=.build/locale/%/LC_MESSAGES/kiln.mo)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

.PHONY: all run check check-all check-fresh bench install uninstall clean unit lint format asan catalogues po FORCE
.SUFFIXES:

all: kiln

# The main job on any machine: install what is missing, build kiln, run it.
run:
	@sh scripts/deps.sh build kernel run
	@$(MAKE) --no-print-directory -s kiln
	@./kiln

# All tests under ASan and UBSan; the last line is `N passed, N failed`.
check:
	@sh scripts/deps.sh build kernel run check
	@$(MAKE) --no-print-directory -s CI=1 kiln
	@$(MAKE) --no-print-directory -s CI=1 KIND=asan unit .build/asan/kiln catalogues
	@sh tests/run

# Also the slow matrices (every variant by both compilers on both trees, many seeds).
check-all:
	@KILN_CHECK_ALL=1 KILN_TEST_LIMIT=7200 $(MAKE) --no-print-directory check

# Both commands in fresh Debian 12 and 13 chroots from a clean clone. Root; minutes.
check-fresh:
	@sh scripts/check-fresh.sh $(SUITES)

bench: kiln
	@sh tests/bench/run

lint:
	@sh tests/lint/run

format:
	clang-format -i $(wildcard core/*.[ch] tui/*.[ch] kconfig/*.[ch] tests/*/*.[ch])

install: kiln
	install -Dm755 $(B)/kiln $(DESTDIR)$(PREFIX)/bin/kiln
	for d in $(DATA); do find $$d -type f | while read -r f; do \
		install -Dm644 "$$f" "$(DESTDIR)$(PREFIX)/share/kiln/$$f" || exit 1; done; done
	for l in $(LANGS); do install -Dm644 .build/locale/$$l/LC_MESSAGES/kiln.mo \
		$(DESTDIR)$(PREFIX)/share/kiln/locale/$$l/LC_MESSAGES/kiln.mo || exit 1; done
	chmod 755 $(DESTDIR)$(PREFIX)/share/kiln/kconfig/build.sh $(DESTDIR)$(PREFIX)/share/kiln/scripts/deps.sh
	install -d $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	LC_ALL=C $(B)/kiln help --man > $(DESTDIR)$(PREFIX)/share/man/man1/kiln.1
	LC_ALL=C $(B)/kiln help --completion bash > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/kiln
	LC_ALL=C $(B)/kiln help --completion zsh > $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_kiln
	LC_ALL=C $(B)/kiln help --completion fish > $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/kiln.fish

uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/bin/kiln $(DESTDIR)$(PREFIX)/share/kiln $(DESTDIR)$(PREFIX)/share/man/man1/kiln.1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/kiln \
		$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_kiln $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/kiln.fish

clean:
	rm -rf .build kiln

kiln: $(B)/kiln $(MO)
	@ln -f $< $@ 2>/dev/null || cp -f $< $@

$(B)/kiln: $(B)/tui/main.o $(B)/libtui.a $(B)/libcore.a
	$(CC) $(OPT_$(KIND)) -o $@ $^ $(LIBS_TUI) $(LIBS)

.build/locale/%/LC_MESSAGES/kiln.mo: po/%.po
	@mkdir -p $(@D)
	msgfmt --check-format -o $@ $<

catalogues: $(MO)

# All texts of the sources, and what is new of them put into the catalogues (to be translated by hand).
# Also the reasons in scripts/packages, which `kiln doctor` tells.
.build/packages.c: scripts/packages
	@mkdir -p $(@D)
	sed -nE '/^check/!s/^[a-z]+ +[a-z]+ +[^ ]+ +[^ ]+ +(.*)$$/N_("\1")/p' $< > $@

.build/kiln.pot: $(wildcard core/*.c tui/*.c) .build/packages.c
	@mkdir -p $(@D)
	xgettext --language=C --from-code=UTF-8 --keyword=_ --keyword=N_ --keyword=ngettext:1,2 --sort-by-file \
		--package-name=kiln --no-location -o $@ $(sort $^)

po: .build/kiln.pot
	for f in po/*.po; do msgmerge --quiet --update --backup=none --no-fuzzy-matching --no-wrap $$f $< && \
		sed -i '/^"POT-Creation-Date:/d; /^"Report-Msgid-Bugs-To:/d' $$f || exit 1; done

$(B)/libcore.a: $(CORE_OBJ)
	rm -f $@ && ar rcs $@ $^

$(B)/libtui.a: $(TUI_OBJ)
	rm -f $@ && ar rcs $@ $^

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_OF_$(firstword $(subst /, ,$<))) -MMD -MP -c -o $@ $<

# Text that is compiled in: each line of a file as a C string.
$(B)/tui/%.theme.inc: themes/%.theme
	@mkdir -p $(@D)
	sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/"&\\n"/' $< > $@
$(B)/tui/theme.o: $(B)/tui/default-dark.theme.inc

# Terminal descriptions that are compiled in, as the text that the variable TERMINFO may hold.
$(B)/tui/direct.inc: tui/direct.ti
	@mkdir -p $(@D)
	tic -x -o $(B)/tui/terminfo $<
	for t in xterm tmux; do printf 'static const char direct_%s[] =' $$t; \
		TERMINFO=$(B)/tui/terminfo infocmp -x -q -Q1 kiln-$$t | sed 's/.*/"&"/'; echo ';'; done > $@.new
	mv $@.new $@
$(B)/tui/screen.o: $(B)/tui/direct.inc

# Rebuild when the compiler or its flags change.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(subst ','\'',$(CFLAGS_ALL))' | cmp -s - $@ || printf '%s\n' '$(CC) $(subst ','\'',$(CFLAGS_ALL))' > $@

# Unit tests link libcore.a without curses: that they link is the proof of the dependency rule.
$(B)/unit/%: tests/unit/%.c $(B)/libcore.a $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(B)/libcore.a $(LIBS) -lcmocka

# Unit tests of tui/ modules are called test_tui_X.
$(B)/unit/test_tui_%: tests/unit/test_tui_%.c $(B)/libtui.a $(B)/libcore.a $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_TUI) -MMD -MP -o $@ $< $(B)/libtui.a $(B)/libcore.a $(LIBS_TUI) $(LIBS) -lcmocka

# Programs that measure.
$(B)/bench/%: tests/bench/%.c $(B)/libtui.a $(B)/libcore.a $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(CFLAGS_TUI) -MMD -MP -o $@ $< $(B)/libtui.a $(B)/libcore.a $(LIBS_TUI) $(LIBS)

unit: $(UNIT_BIN)

-include $(wildcard $(B)/*/*.d $(B)/unit/*.d)
