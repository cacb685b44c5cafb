# tests/host/host.mk - the tests that run on the host; included by the Makefile.
#
#   test-host-build   the programs in HOST_TEST_PROGRAMS, and the files they read
#   test-host-run     build them and run each; TAP on the standard output
#   fuzz              the fuzz targets for FUZZ_SECONDS each (needs clang)
#   coverage          fails if a line or branch of the allocator is never executed
#   host-lib          build/host/libmm.a and its headers, for other people's programs
#
# A file tests/host/test_NAME.c is a cmocka program; dropping one in is enough.  Each is
# built with DEBUG=1 and DEBUG=0, under AddressSanitizer and UndefinedBehaviorSanitizer.

# The compiler for the host: the one that CC names if that is a clang, else gcc.
HOST_CC ?= $(if $(findstring clang,$(notdir $(CC))),$(CC),gcc)
HOST_DIR := build/host/$(notdir $(HOST_CC))
GOLDEN_DIR := build/host/golden
FUZZ_SECONDS ?= 60

HOST_WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
HOST_CFLAGS := -std=gnu11 -I. -DDIRECT_MAP_BASE=0 $(HOST_WARNINGS) $(HOST_WERROR) -g
HOST_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
                 -fno-omit-frame-pointer
HOST_ENV := CMOCKA_MESSAGE_OUTPUT=TAP GOLDEN_DIR=$(GOLDEN_DIR) \
            ASAN_OPTIONS=detect_leaks=0:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

# What is tested: everything that does not need the machine.
HOST_SUBJECTS := $(wildcard mm/*.c lib/*.c) \
                 $(wildcard boot/fdt.c kernel/options.c kernel/handle.c)
HOST_SUPPORT := tests/host/support.c tests/host/random.c tests/host/model.c
HOST_TESTS := $(patsubst tests/host/%.c,%,$(wildcard tests/host/test_*.c))

# lib/string.c under names of its own: the C library's stay what the sanitizers know.
HOST_STRING_NAMES := memcpy memmove memset memcmp strlen strnlen strcmp strncmp strchr
HOST_RENAME := $(foreach n,$(HOST_STRING_NAMES),-D$(n)=huoban_$(n)) -fno-builtin

# One configuration: $(1) its folder, $(2) its flags.
define HOST_CONFIG
$(1)/%.o: %.c tests/host/host.mk
	@mkdir -p $$(@D)
	$$(Q)$$(HOST_CC) $$(HOST_CFLAGS) $(2) -MMD -MP -c $$< -o $$@
$(1)/lib/string.o: HOST_CFLAGS += $$(HOST_RENAME)
$(1)/libsubjects.a: $$(HOST_SUBJECTS:%.c=$(1)/%.o)
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
$(1)/test_%: $(1)/tests/host/test_%.o $$(HOST_SUPPORT:%.c=$(1)/%.o) $(1)/libsubjects.a
	$$(Q)$$(HOST_CC) $(2) $$^ -lcmocka -lpthread -o $$@
-include $$(shell find $(1) -name '*.d' 2>/dev/null)
endef
$(eval $(call HOST_CONFIG,$(HOST_DIR)-debug1,-O1 -DDEBUG=1 $(HOST_SANITIZE)))
$(eval $(call HOST_CONFIG,$(HOST_DIR)-debug0,-O2 -DDEBUG=0 $(HOST_SANITIZE)))
$(eval $(call HOST_CONFIG,$(HOST_DIR)-tsan,-O1 -DDEBUG=0 -fsanitize=thread))
$(eval $(call HOST_CONFIG,$(HOST_DIR)-cover,-O0 -DDEBUG=1 --coverage))
.PRECIOUS: $(foreach c,debug1 debug0 tsan cover,$(HOST_DIR)-$(c)/%.o)

HOST_TEST_PROGRAMS := $(HOST_TESTS:%=$(HOST_DIR)-debug1/%) \
                      $(HOST_TESTS:%=$(HOST_DIR)-debug0/%)
