# anchord: one Makefile, not recursive.  A program is a list of rooms and of
# libraries; tests/lint/links.sh keeps the lists true.
#
#   make            the programs, in build/bin
#   make demo       installs what is missing, then shows the whole job
#   make run        the same service, kept running on loopback
#   make check      installs what is missing, then runs every test
#   make scenarios  the long story of trust, with all ceremonies; some minutes
#   make lint       formatting, floors, link lists, banned calls, sizes
#   make mutants    takes each security check away and sees its test fail; hours
#   make bench      the figures, in one run
#   make drills     what adding a setting costs, tried in a scratch copy
#   make attack     hostile clients against a front, with times
#   make fuzz       fuzz targets (clang, libFuzzer), in build/fuzz
#   make docs       manual pages
#   make install    DESTDIR and PREFIX as usual; make uninstall
#   make dist       source, programs, SBOM, checksums of this commit, in build/dist
#
# Variables: SAN=1 (ASan, UBSan), DEV=1 (warnings are errors), V=1 (commands),
# BUILD=dir (where everything goes), FORMATS_MORE=dir (a format of evidence from
# elsewhere: its sources and its row in formats.def; wants a BUILD of its own).

SAN     ?=
DEV     ?=
V       ?=
BUILD   ?= build$(if $(SAN),/san)
PREFIX  ?= /usr
DESTDIR ?=
CC      := gcc
.DEFAULT_GOAL := all

Q       := $(if $(V),,@)

# --- flags -------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Warith-conversion -Wcast-qual -Wcast-align=strict -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wwrite-strings \
	-Wpointer-arith -Wundef -Wvla -Walloca -Wformat=2 -Wswitch-enum \
	-Wnull-dereference -Wduplicated-cond -Wduplicated-branches -Wlogical-op \
	-Wimplicit-fallthrough=5 -Wredundant-decls -Wdate-time
WARN += $(if $(DEV),-Werror)

HARDEN := -fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -fno-strict-overflow \
	-fno-delete-null-pointer-checks -fno-common -fvisibility=hidden -fPIE \
	$(if $(filter x86_64,$(shell uname -m)),-fcf-protection=full)

ifdef SAN
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all -DANCHORD_SAN
else
OPT := -O2 -g -D_FORTIFY_SOURCE=3
endif

# __extension__-free GNU C: statement expressions are the one pedantic warning
# that AUTO/TAKE need.
CFLAGS   ?=
# The tree's own place is in no object: the same bytes in any directory.
CPPFLAGS := -Iinclude -Isrc -I. -D_GNU_SOURCE -DOPENSSL_API_COMPAT=30000 \
	-ffile-prefix-map=$(CURDIR)=.
CPPFLAGS += $(if $(FORMATS_MORE),-DFORMATS_MORE='"$(FORMATS_MORE)/formats.def"')
ALLFLAGS := -std=gnu17 $(OPT) $(HARDEN) $(WARN) -Wno-pedantic $(CPPFLAGS) \
	$(CFLAGS)
LDFLAGS  := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	-Wl,--as-needed $(if $(SAN),-fsanitize=address -fsanitize=undefined)

# Foreign headers: only the files that may include them get the path.
P11_CFLAGS := -I/usr/include/p11-kit-1
TSS_LIBS   := -ltss2-esys -ltss2-mu

# --- rooms -------------------------------------------------------------------
# A room is a directory with sources below src or hsm, and a library of the same
# name: build/lib/crypto/x509.a.  Who may include whom: tests/lint/floors.tsv.

ROOM_SRC := $(shell find src hsm -name '*.c' | LC_ALL=C sort)
ROOMS    := $(patsubst src/%,%,$(patsubst %/,%,$(sort $(dir $(ROOM_SRC)))))

room_dir = $(if $(filter hsm/%,$(1)),$(1),src/$(1))
SRC := $(ROOM_SRC) $(wildcard provisioning/anchorctl/*.c)

# The objects of a room without its main.c, and without what programs alone have.
objs = $(patsubst %.c,$(BUILD)/obj/%.o,\
	$(filter-out %/main.c %/version.c,$(wildcard $(call room_dir,$(1))/*.c)))
lib = $(BUILD)/lib/$(1).a
$(foreach r,$(ROOMS),$(eval $(call lib,$(r)): $(call objs,$(r))))

# A format from elsewhere is part of the room of evidence.
$(call lib,evidence): $(patsubst %.c,$(BUILD)/obj/%.o,$(if $(FORMATS_MORE),\
	$(wildcard $(FORMATS_MORE)/*.c)))

# Each room named, with all rooms in it.
rooms = $(foreach r,$(1),$(filter $(r) $(r)/%,$(ROOMS)))
libs  = $(foreach r,$(call rooms,$(1)),$(call lib,$(r)))
ALL_LIBS := $(foreach r,$(ROOMS),$(call lib,$(r)))

$(BUILD)/lib/%.a:
	@mkdir -p $(@D)
	$(if $(V),,@echo "  AR      $@")
	$(Q)rm -f $@ && ar rcs $@ $^

# --- programs ----------------------------------------------------------------
# Each line: what it may be made of.  Libraries are given with --as-needed.

PROGRAMS := anchord anchord-front anchord-verifier anchord-ledger \
	anchord-keyholder anchorctl

rooms_anchord           := supervisor governance trust proc evidence/revocation crypto wire base
libs_anchord             := -lcrypto -ljansson -lconfig -lseccomp -lsystemd
rooms_anchord-front     := front governance trust proc crypto wire base
libs_anchord-front       := -lssl -lcrypto -lnghttp2 -levent_core -levent_openssl \
	-ljansson -lcbor -lconfig -lseccomp
rooms_anchord-verifier  := verifier governance trust proc evidence policy crypto wire base
libs_anchord-verifier    := -lcrypto -ljansson -lcbor -lconfig -lseccomp
rooms_anchord-ledger    := ledger eligibility governance trust proc crypto wire base
libs_anchord-ledger      := -lsqlite3 -lcrypto -ljansson -lconfig -lseccomp
rooms_anchord-keyholder := keyholder governance trust proc hsm crypto wire base
libs_anchord-keyholder   := -lcrypto -ljansson -lcbor -lp11-kit -lconfig -lseccomp -ldl \
	$(TSS_LIBS)
rooms_anchorctl         := evidence eligibility policy trust hsm ledger/store proc crypto wire base
libs_anchorctl           := -lsqlite3 -lcurl -lssl -lcrypto -ljansson -lcbor -lp11-kit -lconfig \
	-ldl $(TSS_LIBS)

version_o              := $(BUILD)/obj/src/base/version.o
main_anchord           := $(BUILD)/obj/src/supervisor/main.o $(version_o)
main_anchord-front     := $(BUILD)/obj/src/front/main.o
main_anchord-verifier  := $(BUILD)/obj/src/verifier/main.o
main_anchord-ledger    := $(BUILD)/obj/src/ledger/main.o
main_anchord-keyholder := $(BUILD)/obj/src/keyholder/main.o
main_anchorctl         := $(patsubst %.c,$(BUILD)/obj/%.o,\
	$(wildcard provisioning/anchorctl/*.c)) $(version_o)

BINS := $(PROGRAMS:%=$(BUILD)/bin/%)

.PHONY: all
all: $(BINS)

define program
$(BUILD)/bin/$(1): $$(main_$(1)) $$(call libs,$$(rooms_$(1)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LD      $$@")
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$(main_$(1)) -Wl,--start-group \
		$$(call libs,$$(rooms_$(1))) -Wl,--end-group \
		$$(libs_$(1))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program,$(p))))

# One object knows version and commit, and is made again when they change.
VERSION := $(shell cat VERSION)
COMMIT  := $(shell provisioning/commit.sh)
$(version_o): defines := -DANCHORD_VERSION='"$(VERSION)"' \
	-DANCHORD_COMMIT='"$(COMMIT)"'
$(version_o): $(BUILD)/commit

.PHONY: always
$(BUILD)/commit: always
	@mkdir -p $(@D)
	@echo '$(VERSION) $(COMMIT)' | cmp -s - $@ || \
		echo '$(VERSION) $(COMMIT)' >$@

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC      $<")
	$(Q)$(CC) $(ALLFLAGS) $(defines) $(if $(filter hsm/% tests/%,$<),$(P11_CFLAGS)) \
		-MMD -MP -c -o $@ $<

# --- tests -------------------------------------------------------------------
# Each test_*.c below tests/unit, contract and process is a CUnit program of its own.

TEST_SRC  := $(wildcard tests/unit/*/test_*.c tests/contract/test_*.c \
	tests/process/test_*.c)
TEST_BINS := $(patsubst tests/%.c,$(BUILD)/test/%,$(TEST_SRC))
TEST_COMMON := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/common/*/*.c))
TEST_LIBS := -lcunit -lssl -lcrypto -lnghttp2 -levent_core -levent_openssl \
	-lsqlite3 -ljansson -lcbor -lp11-kit -lconfig -lseccomp -lsystemd -ldl \
	$(TSS_LIBS)

.PHONY: tests
tests: $(TEST_BINS)

.PRECIOUS: $(BUILD)/obj/%.o
$(TEST_BINS): $(BUILD)/test/%: $(BUILD)/obj/tests/%.o $(TEST_COMMON) $(ALL_LIBS)
	@mkdir -p $(@D)
	$(if $(V),,@echo "  LD      $@")
	$(Q)$(CC) $(LDFLAGS) -o $@ $< $(TEST_COMMON) -Wl,--start-group \
		$(ALL_LIBS) -Wl,--end-group $(TEST_LIBS)

# --- everything else is a script; see tests/ and docs/ -----------------------

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
include $(wildcard tests/*.mk docs/*.mk provisioning/*.mk)

.PHONY: clean
clean:
	rm -rf build
