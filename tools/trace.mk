# tools/trace.mk - traces of a whole boot; included by the Makefile.
#
#   heap-trace    boot with trace=heap and learn=heap, run APP (heapdemo), and take the trace
#                 from the machine's memory; APPEND adds to the boot options or overrides them

HEAP_TRACE := $B/heap.trace

heap-trace: export TRACE_RAM := $B/heap-trace.ram
heap-trace:
	@mkdir -p $B/logs
	@APP="$${APP:-heapdemo}" APPEND="learn=heap trace=heap $$APPEND" \
	    tools/run > $B/logs/heap-trace.log || { cat $B/logs/heap-trace.log; exit 1; }
	@tools/trace ram $(TRACE_RAM) --kernel $(kernel) -o $(HEAP_TRACE)
	@rm -f $(TRACE_RAM)
	@echo $(HEAP_TRACE)
