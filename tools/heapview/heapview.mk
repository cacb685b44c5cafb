# tools/heapview/heapview.mk - a heap and messages one can watch; included by the Makefile.
#
#   heapview            boot, run APP (heapdemo), and make build/heapview.html of its trace;
#                       beside it build/heapview-crate.html: ours and the crate's algorithm
#   messageview         boot, run APP (pingpong), and make build/messageview.html: who runs,
#                       who waits, and who says what to whom
#   heapview-pictures   the pictures of these pages in docs/pictures
#   test-browser        the tests of tests/browser, with a headless Chromium
#
# build/host/plain/heaptrace prints the trace of an allocator that runs on the host.

heapview      := tools/heapview/heapview
heaptrace     := build/host/plain/heaptrace
heaptrace_src := $(wildcard tools/heapview/*.c) tests/bench/workloads.c
heapview_src  := $(wildcard tools/heapview/*.py tools/heapview/page/*) $(heapview)

$(heaptrace): $(heaptrace_src:%.c=build/host/plain/%.o) build/host/plain/libsubjects.a
	$(call say,LD,$@)
	$Q$(HOST_CC) $^ -o $@

# W2 is the workload that fills the free lists, which the crate's algorithm searches.
build/heapview/%.trace: $(heaptrace)
	@mkdir -p $(@D)
	$Q$(heaptrace) --allocator $* --workload W2 > $@

build/heapview-crate.html: build/heapview/buddy.trace build/heapview/crate.trace $(heapview_src)
	$Q$(heapview) html $(filter %.trace,$^) -o $@

heapview: heap-trace build/heapview-crate.html
	$Q$(heapview) html $B/heap.trace -o build/heapview.html
	@echo "build/heapview.html        the kernel's heap: open it in a browser"
	@echo "build/heapview-crate.html  our buddy beside the crate's algorithm"

messageview: message-trace
	$Q$(heapview) lanes $B/message.trace -o build/messageview.html
	@echo "build/messageview.html     threads and messages: open it in a browser"

heapview-pictures: heapview
	$Qtools/heapview/pictures build/heapview.html docs/pictures

test test-runner: $(heaptrace)

test-browser: $(heaptrace)
	@$(tap) $(wildcard tests/browser/*.t)
