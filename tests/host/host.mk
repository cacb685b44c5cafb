# tests/host/host.mk - the tests that run on the host; included by the Makefile.
#
#   test-host-build   the programs in HOST_TEST_PROGRAMS, and the files they read
#   fuzz              each fuzz target for FUZZ_SECONDS
#   coverage          fails if a line or branch of the buddy is never executed
#   host-lib          build/host/libmm.a and build/host/include, for other people's programs
#
# A file tests/host/test_NAME.c is a cmocka program and fuzz_NAME.c a libFuzzer target;
# dropping one in is enough.  The tests are built twice, with DEBUG=1 and DEBUG=0, under
# AddressSanitizer and UndefinedBehaviorSanitizer.

HOST_DIR     := build/host/$(HOST_CC)
GOLDEN_DIR   := build/host/golden
FUZZ_CC      := clang
FUZZ_SECONDS ?= 60

host_warnings := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
                 $(if $(filter 1,$(WERROR)),-Werror)
host_cflags   := -std=gnu11 -I. -DDIRECT_MAP_BASE=0 -g $(host_warnings)
host_sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -fno-omit-frame-pointer
HOST_ENV      := CMOCKA_MESSAGE_OUTPUT=TAP GOLDEN_DIR=$(GOLDEN_DIR) \
                 TSAN_OPTIONS=suppressions=tests/host/tsan.supp ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1

# What is tested: everything that does not need the machine.
host_subjects := $(filter-out $(foreach p,$(filter-out buddy,$(policies)),$(policy_$(p))), \
                 $(wildcard mm/*.c lib/*.c boot/fdt*.c)) \
                 $(wildcard kernel/options.c tests/kernel/glob.c tests/kernel/*_check.c) \
                 user/lib/elf.c user/lib/cpio.c user/lib/layout.c \
                 user/lib/line.c user/lib/utf8.c user/servers/shell/parse.c \
                 $(if $(lab_dir),labs/todo/host.c)
host_support  := tests/host/support.c tests/host/random.c tests/host/model.c \
                 tests/host/fixture.c
fuzz_support  := tests/host/fuzz_support.c tests/host/random.c tests/host/model.c
host_tests    := $(patsubst tests/host/%.c,%,$(wildcard tests/host/test_*.c))
fuzz_targets  := $(patsubst tests/host/%.c,%,$(filter-out tests/host/fuzz_support.c,\
                 $(wildcard tests/host/fuzz_*.c)))

# lib/string.c under names of its own: the C library's stay what the sanitizers know.
host_rename := $(foreach n,memcpy memmove memset memcmp strlen strnlen strcmp strncmp \
               strchr,-D$(n)=huoban_$(n)) -fno-builtin

# ---- configurations: $(1) folder, $(2) compiler, $(3) flags ----

define host_config
$(1)/flags: FORCE
	$$(call stamp,$(2) $(host_cflags) $(3))
$(1)/%.o: %.c $(1)/flags
	$$(call say,CC,$$< ($(notdir $(1))))
	@mkdir -p $$(@D)
	$$Q$(2) $(host_cflags) $(3) $$(if $$(filter lib/string.c,$$<),$(host_rename)) \
	    -MMD -MP -c $$< -o $$@
$(1)/libsubjects.a: $(host_subjects:%.c=$(1)/%.o)
	$$Qrm -f $$@ && ar rcs $$@ $$^
$(1)/test_%: $(1)/tests/host/test_%.o $(host_support:%.c=$(1)/%.o) $(1)/libsubjects.a
	$$(call say,LD,$$@)
	$$Q$(2) $(3) $$^ -lcmocka -lpthread -o $$@
$(1)/pairbits_model.o: tests/host/model.c $(1)/flags
	$$(call say,CC,$$< (pair bits))
	$$Q$(2) $(host_cflags) $(3) -DMODEL_FORGETS_SIZES=true -MMD -MP -c $$< -o $$@
$(1)/pairbits_%: $(1)/tests/host/test_buddy_%.o $(1)/pairbits_model.o \
                 $(policy_pairbits:%.c=$(1)/%.o) \
                 $(patsubst %.c,$(1)/%.o,$(filter-out %/model.c,$(host_support))) \
                 $(1)/libsubjects.a
	$$(call say,LD,$$@)
	$$Q$(2) $(3) $$^ -lcmocka -lpthread -o $$@
$(1)/fuzz_%: $(1)/tests/host/fuzz_%.o $(fuzz_support:%.c=$(1)/%.o) $(1)/libsubjects.a
	$$(call say,LD,$$@)
	$$Q$(2) $(3:fuzzer-no-link=fuzzer) $$^ -o $$@
endef
host_config_of = $(eval $(call host_config,$(1),$(2),$(3)))

$(call host_config_of,$(HOST_DIR)-debug1,$(HOST_CC),-O1 -DDEBUG=1 $(host_sanitize))
$(call host_config_of,$(HOST_DIR)-debug0,$(HOST_CC),-O2 -DDEBUG=0 $(host_sanitize))
$(call host_config_of,$(HOST_DIR)-threads,$(HOST_CC),-O1 -DDEBUG=0 -fsanitize=thread)
$(call host_config_of,build/host/cover,gcc,-O0 -DDEBUG=1 --coverage)
$(call host_config_of,build/host/plain,$(HOST_CC),-O2 -DDEBUG=0)
$(call host_config_of,build/host/fuzz,$(FUZZ_CC),-O1 -DDEBUG=1 $(host_sanitize) \
    -fsanitize=fuzzer-no-link)

# ---- the files that tests read, made by QEMU, dtc, cpio and the cross compiler ----

$(GOLDEN_DIR)/made: tests/host/golden.sh $(wildcard tests/host/trees/*.dts)
	$(call say,GOLDEN,$(GOLDEN_DIR))
	$QQEMU='$(QEMU)' tests/host/golden.sh $(GOLDEN_DIR) $(PREFIX)gcc -march=rv64imac \
	    -mabi=lp64 -misa-spec=2.2
	@touch $@

# ---- test ----

# A short fixed run of each fuzz target, as a program that prints TAP.
fuzz_runs_of_buddy := 4000
fuzz_runs_of = $(or $(fuzz_runs_of_$(1:fuzz_%=%)),60000)
fuzz_seeds_of = $(GOLDEN_DIR)/seeds/$(1:fuzz_%=%)

build/host/%.t: build/host/fuzz/% tests/host/host.mk
	@printf '#!/bin/sh\nrm -rf build/host/corpus/$*.t\nexec tests/host/fuzz.sh $< %s\n' \
	    '$(call fuzz_seeds_of,$*) build/host/corpus/$*.t -runs=$(call fuzz_runs_of,$*)' > $@
	@chmod +x $@

# Those tests of the buddy that ask for nothing which pair bits lose, over mm/pairbits.c.
pairbits_tests := exhaustive random trace

HOST_TEST_PROGRAMS := $(host_tests:%=$(HOST_DIR)-debug1/%) \
                      $(host_tests:%=$(HOST_DIR)-debug0/%) \
                      $(pairbits_tests:%=$(HOST_DIR)-debug1/pairbits_%) \
                      $(HOST_DIR)-threads/test_heap_threads \
                      build/host/plain/outside \
                      $(fuzz_targets:%=build/host/%.t)

.PHONY: test-host-build
test-host-build: $(HOST_TEST_PROGRAMS) $(GOLDEN_DIR)/made

# ---- fuzz ----

fuzz: $(fuzz_targets:%=build/host/fuzz/%) $(GOLDEN_DIR)/made
	@for target in $(fuzz_targets); do \
	    tests/host/fuzz.sh build/host/fuzz/$$target $(GOLDEN_DIR)/seeds/$${target#fuzz_} \
	        build/host/corpus/$$target -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

# ---- coverage ----

cover_what  := mm/buddy|tests/kernel/buddy_check
cover_tests := $(filter test_buddy_%,$(host_tests))
cover       := gcovr --root . --gcov-executable gcov build/host/cover

coverage: $(cover_tests:%=build/host/cover/%)
	$Qfind build/host/cover -name '*.gcda' -delete
	@for test in $(cover_tests); do \
	    echo "  RUN     $$test"; $(HOST_ENV) build/host/cover/$$test > /dev/null || exit 1; \
	done
	@$(cover) --filter '$(cover_what)' --branches
	@$(cover) --filter '$(cover_what)' --fail-under-line 100 --fail-under-branch 100

# ---- the library for others ----

host_lib_src := $(filter mm/% tests/kernel/%_check.c lib/bits.c lib/range.c lib/status.c labs/todo/host.c, \
                 $(host_subjects)) \
                tests/host/outside/port.c
host_headers := $(wildcard mm/*.h) lib/bits.h lib/compiler.h lib/list.h lib/range.h \
                lib/lab.h lib/spinlock.h lib/status.h lib/status.def lib/string.h

build/host/libmm.a: $(host_lib_src:%.c=build/host/plain/%.o)
	$(call say,AR,$@)
	$Qrm -f $@ && ar rcs $@ $^

build/host/include/huoban_mm.h: tests/host/outside/huoban_mm.h $(host_headers)
	@mkdir -p $(@D)/mm $(@D)/lib
	$Qcp $(filter mm/%,$^) $(@D)/mm/
	$Qcp $(filter lib/%,$^) $(@D)/lib/
	$Qcp $< $@

host-lib: build/host/libmm.a build/host/include/huoban_mm.h
	@echo build/host/libmm.a build/host/include/huoban_mm.h

build/host/plain/outside: tests/host/outside/outside.c build/host/libmm.a \
                          build/host/include/huoban_mm.h
	$(call say,LD,$@)
	$Q$(HOST_CC) -O2 $(host_warnings) -Ibuild/host/include $< build/host/libmm.a -o $@

-include $(shell find build/host -name '*.d' 2>/dev/null)
