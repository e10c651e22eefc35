# kiln: non-recursive build. KIND=release (default) or asan; everything built goes to .build/KIND.
#   make            build ./kiln                      make run      the main job, on a fresh machine too
#   make check      install test needs, run tests     make check-all  the slow matrices as well
#   make install    DESTDIR= PREFIX=/usr/local        make bench    side-by-side timings
KIND    ?= release
PREFIX  ?= /usr/local
VERSION := 0.1.0

B       := .build/$(KIND)
CC      ?= cc
PKGS    := libuv libarchive libpcre2-8 json-c nettle
PKGS_TUI :=

WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes $(if $(CI),-Werror)
OPT_release := -O2 -g -D_FORTIFY_SOURCE=2
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -I. -I$(B) $(WARN) $(OPT_$(KIND)) -fstack-protector-strong \
	-DKILN_VERSION='"$(VERSION)"' -DKILN_DATADIR='"$(PREFIX)/share/kiln"' \
	$(shell pkg-config --cflags $(PKGS) $(PKGS_TUI)) $(CPPFLAGS) $(CFLAGS)
LIBS     = $(shell pkg-config --libs $(PKGS)) $(LDFLAGS)
LIBS_TUI = $(if $(PKGS_TUI),$(shell pkg-config --libs $(PKGS_TUI)))

CORE_SRC := $(wildcard core/*.c)
TUI_SRC  := $(filter-out tui/main.c,$(wildcard tui/*.c))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
CORE_OBJ := $(CORE_SRC:%.c=$(B)/%.o)
TUI_OBJ  := $(TUI_SRC:%.c=$(B)/%.o)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)

.PHONY: all run check check-all check-fresh bench install uninstall clean unit lint format asan FORCE
.SUFFIXES:

all: kiln

kiln: $(B)/kiln
	@ln -f $< $@ 2>/dev/null || cp -f $< $@

$(B)/kiln: $(B)/tui/main.o $(B)/libtui.a $(B)/libcore.a
	$(CC) $(OPT_$(KIND)) -o $@ $^ $(LIBS_TUI) $(LIBS)

$(B)/libcore.a: $(CORE_OBJ)
	rm -f $@ && ar rcs $@ $^

$(B)/libtui.a: $(TUI_OBJ)
	rm -f $@ && ar rcs $@ $^

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Rebuild when the compiler or its flags change.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(subst ','\'',$(CFLAGS_ALL))' | cmp -s - $@ || printf '%s\n' '$(CC) $(subst ','\'',$(CFLAGS_ALL))' > $@

# Unit tests link libcore.a without curses: that they link is the proof of the dependency rule.
$(B)/unit/%: tests/unit/%.c $(B)/libcore.a $(B)/flags
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -o $@ $< $(B)/libcore.a $(LIBS) -lcmocka

unit: $(UNIT_BIN)

-include $(wildcard $(B)/*/*.d $(B)/unit/*.d)
