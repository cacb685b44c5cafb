# tools/heapview/heapview.mk - a heap one can watch; included by the Makefile.
#
#   build/host/plain/heaptrace   prints the trace of an allocator that runs on the host

heaptrace     := build/host/plain/heaptrace
heaptrace_src := $(wildcard tools/heapview/*.c) tests/bench/workloads.c

$(heaptrace): $(heaptrace_src:%.c=build/host/plain/%.o) build/host/plain/libsubjects.a
	$(call say,LD,$@)
	$Q$(HOST_CC) $^ -o $@
