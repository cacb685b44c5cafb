# Makefile - builds, runs and tests Huoban.  `make help` lists what it can do.
#
# Sources are found by folder: a new .c or .S file needs no edit here.  Each configuration
# has its own folder, build/BUILD-CC/, so switching back and forth rebuilds nothing, and a
# flag or compiler that changes rebuilds what depends on it (the "stamps" below).

# ---- what you may set: make run SMP=2 MEM=64M ----

# (The `##` lines are what `make help` and the book say of the variable below them.)

## harts, 1 to 8
SMP = 4
## memory of the machine
MEM = 128M
## programs instead of the shell or the show's: 'hello 1,heapdemo', or a+b at the same time
APP =
## more boot options, as in 'test=buddy*'
APPEND =
## log level (debug), or levels of modules (mm:debug,sched:info)
LOG =
## debug: assertions, redzones and -O1; or release
BUILD = $(if $(filter debug gdb,$(MAKECMDGOALS)),debug,release)
## the policy of the allocator: buddy, firstfit or pairbits
POLICY = buddy
## the emulator, with options if you like
QEMU = qemu-system-riscv64
## the firmware: a file, or QEMU's own
BIOS = default
## end a machine that is silent for so many seconds; 0: never
TIMEOUT = 60
## where `make debug` listens for `make gdb`
GDB_PORT = 1234
## 1: count instructions exactly, so that time repeats
ICOUNT = 0
## keep the machine's memory in this file, for tools/trace
TRACE_RAM =
## the lab, as in `make lab LAB=buddy`
LAB =
## 1: show the commands
V = 0
## 1: a warning of the compiler is an error
WERROR = 0

# What a lab's tree, made by `make lab`, has in other ways: LAB and POLICY.
-include lab.mk

# A policy decides which free memory a request gets: POLICY=NAME builds policy_NAME, and not
# the sources of the others.
policy_buddy    = mm/buddy.c mm/buddy_view.c tests/kernel/buddy_check.c
policy_firstfit = mm/firstfit.c
policy_pairbits = mm/pairbits.c mm/pairbits_view.c
policies        = buddy firstfit pairbits
# First fit has no splits and merges, which this test looks for.
without_firstfit = tests/kernel/trace_test.c

ifneq ($(filter default environment,$(origin CC)),)
## gcc or clang
CC := gcc
endif

# $(call choice,VARIABLE,words,remark) stops unless its value is one of the words.
choice = $(if $(and $(filter 1,$(words $($(1)))),$(filter $(2),$($(1)))),,\
         $(error $(1)=$($(1)): choose one of: $(subst %,N,$(2))$(3)))
$(call choice,BUILD,release debug)
$(call choice,CC,gcc clang clang-%,; for a gcc of another name set PREFIX= instead)
$(call choice,POLICY,$(policies))
$(call choice,V,0 1)
$(call choice,WERROR,0 1)
$(call choice,ICOUNT,0 1)

# tools/run reads these (and checks them); a quote in APPEND stays what it is that way.
export SMP MEM LOG APPEND APP QEMU BIOS TIMEOUT GDB_PORT ICOUNT TRACE_RAM
# A test that calls make again must not change the flags of what other tests run meanwhile.
export WERROR
export BUILD_DIR = build/$(BUILD)-$(CC)$(if $(filter-out buddy,$(POLICY)),-$(POLICY))$(LAB:%=-lab-%)

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

Q := $(if $(filter 1,$(V)),,@)
# $(call say,CC,file) announces a step, unless V=1 shows the command itself or -s wants
# nothing said.  A first word without dashes is the flags of one letter.
quiet := $(findstring s,$(filter-out --%,$(firstword $(MAKEFLAGS) --)))
say    = $(if $(filter 1,$(V))$(quiet),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# ---- make setup run: the rest starts when the packages are there ----

ifneq ($(filter setup,$(MAKECMDGOALS)),)
rest := $(filter-out setup,$(MAKECMDGOALS))

.PHONY: setup $(rest)
setup:
	@tools/setup $(if $(filter docs% browser% heapview%,$(rest)),docs)
ifneq ($(rest),)
$(firstword $(rest)): setup
	@$(MAKE) $(rest)
$(wordlist 2,$(words $(rest)),$(rest)): $(firstword $(rest))
endif

else # everything below

# ---- tools: looked for when first needed, so that `make help` needs none ----

once = $(eval $(1) := $(2))$($(1))

PREFIX   = $(call once,PREFIX,$(or $(shell tools/toolchain),$(error no RISC-V toolchain: \
run 'make setup', or 'make doctor' to see what is missing)))
is_clang = $(filter clang%,$(CC))
cross_cc = $(if $(is_clang),$(CC) --target=riscv64-unknown-elf,$(PREFIX)gcc)
cross_ld = $(if $(is_clang),ld.lld$(CC:clang%=%),$(PREFIX)ld)
binutils = $(if $(is_clang),$(or $(shell tools/toolchain 2>/dev/null),llvm-),$(PREFIX))
HOST_CC  = $(CC)

# ---- flags ----

warnings   = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
             $(if $(filter 1,$(WERROR)),-Werror)
optimise   = $(if $(filter debug,$(BUILD)),-O1 -DDEBUG=1,-O2 -DDEBUG=0)
machine    = -march=rv64imac -mabi=lp64 -mcmodel=medany \
             $(if $(is_clang),-mno-relax,-misa-spec=2.2)
bare       = $(machine) -std=gnu11 -ffreestanding -nostdlib -fno-common -fno-pic -fno-pie \
             -fno-omit-frame-pointer -fno-stack-protector -fno-strict-aliasing \
             -fno-asynchronous-unwind-tables -g -I. $(optimise) $(warnings)
kernel_cc  = $(cross_cc) $(bare) -DDIRECT_MAP_BASE=0xffffffc000000000
user_cc    = $(cross_cc) $(bare)
link_flags = -nostdlib -static --build-id=none -z max-page-size=4096 --no-dynamic-linker
kernel_ld  = $(cross_ld) $(link_flags) -T linker.ld
user_ld    = $(cross_ld) $(link_flags) -T user/user.ld

# ---- sources and what becomes of them ----

B := $(BUILD_DIR)

# With LAB=NAME, that lab's tests are in the kernel, and lab_todo() can be called.
lab_dir     := $(if $(LAB),$(wildcard labs/[0-9][0-9]-$(LAB)))
lab_src      = $(if $(lab_dir),$(wildcard labs/todo/$(1).c $(lab_dir)/tests/$(1)*.c))

kernel_dirs := boot mm kernel lib tests/kernel tests/bench
policy_not  := $(without_$(POLICY)) $(filter-out $(policy_$(POLICY)),$(foreach p,$(policies),$(policy_$(p))))
kernel_src  := $(filter-out $(policy_not), \
               $(foreach d,$(kernel_dirs),$(wildcard $(d)/*.c $(d)/*.S))) \
               $(call lab_src,kernel)
kernel_obj  := $(kernel_src:%=$B/kernel/%.o)

user_lib_src := $(wildcard user/lib/*.c user/lib/*.S lib/*.c) $(policy_$(POLICY)) \
                $(call lab_src,user)
user_lib_obj := $(user_lib_src:%=$B/user/obj/%.o)
apps         := $(basename $(notdir $(wildcard user/apps/*.c)))
servers      := $(notdir $(patsubst %/,%,$(wildcard user/servers/*/)))
# init is not in the initrd: it is what opens it.  Its bytes are in the kernel's image.
packed       := $(apps) $(filter-out init,$(servers))
user_elf     := $(apps:%=$B/user/%.elf) $(servers:%=$B/user/%.elf)
init_image   := $B/user/init.bin

kernel := $B/huoban.elf
initrd := $B/initrd.cpio

.PHONY: all
all: $(kernel) $(initrd)  # build the kernel and the programs, run nothing

# ---- stamps: files that change when their text does ----

stamp = @mkdir -p $(@D); printf '%s\n' '$(strip $(1))' | cmp -s - $@ || \
        printf '%s\n' '$(strip $(1))' > $@

.PHONY: FORCE
$B/kernel/flags: FORCE
	$(call stamp,$(kernel_cc) $(shell $(cross_cc) --version | head -n 1))
$B/user/flags: FORCE
	$(call stamp,$(user_cc) $(shell $(cross_cc) --version | head -n 1))
$B/kernel/link: FORCE
	$(call stamp,$(kernel_ld) $(kernel_obj))
$B/user/link: FORCE
	$(call stamp,$(user_ld) $(user_lib_obj) $(apps) $(servers))

# ---- compile ----

$B/kernel/%.o: % $B/kernel/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$Q$(kernel_cc) -MMD -MP -c $< -o $@

$B/user/obj/%.o: % $B/user/flags
	$(call say,CC,$< (user))
	@mkdir -p $(@D)
	$Q$(user_cc) -MMD -MP -c $< -o $@

# init, as the bytes that its memory is to hold (kernel/abi/flat.h).
$B/kernel/kernel/first_image.S.o: kernel_cc += -DINIT_IMAGE='"$(init_image)"'
$B/kernel/kernel/first_image.S.o: $(init_image)

# Who has to do with the registers of floating point; the others cannot by mistake.
floating := $B/kernel/kernel/fpu.S.o $B/user/obj/user/apps/fptest.c.o
$(floating): machine += -march=rv64imafdc

-include $(shell find $B -name '*.d' 2>/dev/null)

# ---- link the kernel twice: the second time with its own symbol table, for backtraces ----

$B/kernel/symbols0.S: tools/symbols
	@mkdir -p $(@D)
	$Qtools/symbols > $@

$B/kernel/pass1.elf: $(kernel_obj) $B/kernel/symbols0.o linker.ld $B/kernel/link
	$(call say,LD,$@)
	$Q$(kernel_ld) $(kernel_obj) $B/kernel/symbols0.o -o $@

$B/kernel/symbols.S: $B/kernel/pass1.elf tools/symbols
	$Qtools/symbols $(binutils)nm $< > $@

$B/kernel/symbols%.o: $B/kernel/symbols%.S $B/kernel/flags
	$Q$(kernel_cc) -c $< -o $@

$B/kernel/symbols.o: $B/kernel/symbols.S $B/kernel/flags
	$Q$(kernel_cc) -c $< -o $@

$(kernel): $(kernel_obj) $B/kernel/symbols.o linker.ld
	$(call say,LD,$@)
	$Q$(kernel_ld) $(kernel_obj) $B/kernel/symbols.o -o $@

# ---- link each program: an app is a file, a server a folder; pack them all ----

$B/user/libuser.a: $(user_lib_obj) $B/user/link
	$Qrm -f $@
	$Q$(binutils)ar rcs $@ $(user_lib_obj)

objects_in = $(patsubst %,$B/user/obj/%.o,$(wildcard $(1)/*.c $(1)/*.S))
$(foreach s,$(servers),$(eval $B/user/$(s).elf: $(call objects_in,user/servers/$(s))))
$(foreach a,$(apps),$(eval $B/user/$(a).elf: $B/user/obj/user/apps/$(a).c.o))
$B/user/init.elf: link_flags += --defsym=base=0x20000000

$(user_elf): $B/user/libuser.a user/user.ld
	$(call say,LD,$@)
	$Q$(user_ld) $(filter %.o,$^) $B/user/libuser.a -o $@

$(init_image): $B/user/init.elf
	$Q$(binutils)objcopy -O binary $< $@

$B/initrd/%: $B/user/%.elf
	@mkdir -p $(@D)
	$Q$(binutils)strip -o $@ $<

# init.list: what init runs.
in_initrd = $(packed:%=$B/initrd/%) user/servers/init/init.list
$(initrd): $(in_initrd) $B/user/link
	$(call say,CPIO,$@)
	$Qtools/initrd $@ $(in_initrd)

# ---- run ----

.PHONY: run demo debug gdb
run: $(kernel) $(initrd)  ## boot it in QEMU, into its shell; with APP= into programs
	@tools/run --shell

demo: $(kernel) $(initrd)  ## a show: the kernel's tests, programs, a picture of the heap
	@tools/run --show

debug: $(kernel) $(initrd)  ## that show in QEMU stopped before its first instruction, for gdb
	@tools/run --show --gdb

gdb:  ## connect to `make debug` with gdb, in another terminal
	@tools/gdb $(kernel)

# ---- test ----

include $(wildcard tests/host/host.mk tests/model/model.mk tools/trace.mk docs/docs.mk)

runner_tests := $(wildcard tests/runner/*.t) $(wildcard tests/bench/*_test.sh)
kernel_tests := $(wildcard tests/kernel/*.t)
system_tests := $(wildcard tests/system/*.t)
tap          := $(HOST_ENV) tools/tap -j 2

.PHONY: test test-host test-runner test-kernel test-system test-browser model bench coverage fuzz soak
test: $(kernel) $(initrd) test-host-build  ## every test; ends with `N passed, N failed`
	@$(tap) $(HOST_TEST_PROGRAMS) $(runner_tests) $(kernel_tests) $(system_tests)

test-host: test-host-build  ## the tests of mm and lib on this machine, with sanitizers
	@$(tap) $(HOST_TEST_PROGRAMS)

test-runner:  ## the tests of our own tools: each kind of failure is reported
	@$(tap) $(runner_tests)

test-kernel: $(kernel) $(initrd)  ## the self-tests inside the kernel, on 1 and 4 harts
	@$(tap) $(kernel_tests)

test-system: $(kernel) $(initrd)  ## whole boots: memory sizes, harts, bad programs, bad options
	@$(tap) $(system_tests)

ifeq ($(BUILD),release)
bench: $(kernel) $(initrd)  ## measure heap and kernel in instructions, fail over a bound
	@tools/bench --kernel $(kernel) --initrd $(initrd) --size $(binutils)size
else
bench:
	@$(MAKE) BUILD=release bench
endif

coverage:  ## fail if a line or branch of the allocator is never executed
fuzz:      ## fuzz buddy, fdt, elf and cpio for a minute each
model:  ## prove the model of messages and wake-ups with spin, and find planted faults
test-browser:  ## the tests of our pages, in a headless Chromium (make setup docs)
soak: $(kernel) $(initrd)  ## kernel tests, callfuzz, killany over and over for SOAK seconds (600)
	@tools/soak

.PHONY: check matrix doctor
check: $(kernel)  ## format, layers, headers, sparse, cppcheck, shellcheck, line budgets, docs
	@CC='$(CC)' tools/check

matrix: $(kernel) $(initrd)  ## the system tests on QEMU 10 with OpenSBI 1.5, fetched aside
	@tools/matrix

doctor:  ## say what this machine lacks, and how to get it
	@tools/doctor

# ---- labs ----

include $(wildcard labs/labs.mk)

lab:         ## make a student's tree of LAB=NAME in DIR=../huoban-lab-NAME
grade:       ## grade LAB=NAME: this tree's solution, or the student's tree in DIR=
new-lab:     ## begin a lab: NAME=my-lab, with a part, tests, a text in both languages
check-labs:  ## prove every lab: its starter, its solution, its planted wrong solutions

# ---- look at it ----

.PHONY: asm size loc host-lib
asm: $(kernel)  ## disassemble the kernel with its source, into build/.../huoban.asm
	$Q$(binutils)objdump --disassemble --source --wide $< > $(kernel:.elf=.asm)
	@echo "$(kernel:.elf=.asm)"

size: $(kernel) $(user_elf)  ## how large the kernel and the programs are
	@$(binutils)size $^

loc:  ## count the lines of code, and hold them to their budgets
	@tools/check-loc

host-lib:  ## the allocator as build/host/libmm.a, for programs of your own

include $(wildcard tools/heapview/heapview.mk)

.PHONY: heap-trace message-trace heapview messageview heapview-pictures
heap-trace: $(kernel) $(initrd)  ## boot, run heapdemo (or APP=), write build/.../heap.trace
message-trace: $(kernel) $(initrd)  ## boot, run pingpong (or APP=), write build/.../message.trace
heapview: $(kernel) $(initrd)  ## watch the heap: boot, and make build/heapview.html
messageview: $(kernel) $(initrd)  ## watch threads and messages: boot, make build/messageview.html
heapview-pictures:  ## take the book's pictures of that page anew

compile_commands.json: FORCE  ## for clangd and other editors' helpers
	@tools/compile-commands '$(kernel_cc)' $(kernel_src) \
	    -- '$(user_cc)' $(wildcard user/apps/*.c user/lib/*.c user/servers/*/*.c) > $@
	@echo $@

# ---- read it ----

.PHONY: docs docs-serve docs-test
docs:  ## build the book in both languages, into build/docs
docs-serve:  ## show the book on http://localhost:8000 (PORT=)
docs-test:  ## run every command that the book shows, compare what it prints

# ---- keep it ----

.PHONY: format clean setup help
format:  ## lay out the C sources with clang-format
	@tools/check-format --fix

clean:  ## remove build/
	rm -rf build compile_commands.json

setup:  ## install what is missing (Debian; `make setup docs`: for the book too)

help:  ## this list
	@tools/help $(firstword $(MAKEFILE_LIST))

endif
