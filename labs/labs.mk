# labs/labs.mk - the labs; included by the Makefile, which adds a lab's own sources to the
# kernel and the programs when LAB= names one.
#
#   lab, grade, new-lab, check-labs    what a person types; tools/lab does the work
#   lab-kernel, lab-host               what tools/lab builds to grade
#
# DIR= is a student's tree, TESTS= a folder of hidden tests, FORMAT= text, tap, json or
# classroom, NAME= a new lab's name.

lab_host := $(HOST_DIR)-debug1/lab-$(LAB)
lab_host_src := $(if $(lab_dir),$(wildcard $(lab_dir)/tests/host*.c))

$(lab_host): $(patsubst %.c,$(HOST_DIR)-debug1/%.o,$(lab_host_src) $(host_support)) \
             $(HOST_DIR)-debug1/libsubjects.a
	$(call say,LD,$@)
	$Q$(HOST_CC) $(host_sanitize) $^ -lcmocka -lpthread -o $@

.PHONY: lab grade new-lab check-labs lab-kernel lab-host lab-todo
lab-kernel: $(kernel) $(initrd)
lab-host: $(lab_host)

lab grade new-lab check-labs: export LAB := $(LAB)
lab grade new-lab check-labs: export DIR := $(DIR)
lab grade new-lab check-labs: export NAME := $(NAME)
lab grade new-lab check-labs: export TESTS := $(TESTS)
lab grade new-lab check-labs: export FORMAT := $(FORMAT)

lab:
	@tools/lab make

grade:
	@tools/lab grade

new-lab:
	@tools/lab new

check-labs:
	@tools/lab check

# In a student's tree, `make run` says first what is still to do.
ifneq ($(wildcard lab.mk),)
run demo: lab-todo
lab-todo:
	@tools/lab todo
endif
