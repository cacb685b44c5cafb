# tools/trace.mk - traces of a whole boot; included by the Makefile.
#
#   heap-trace      boot with trace=heap and learn=heap, run APP (heapdemo), and take the
#                   trace from the machine's memory
#   message-trace   the same of trace=messages, and pingpong
#
# APPEND adds to the boot options or overrides them.

heap-trace: traced_app = heapdemo
heap-trace: traced = learn=heap trace=heap
message-trace: traced_app = pingpong
message-trace: traced = trace=messages

heap-trace message-trace: export TRACE_RAM = $B/$@.ram
heap-trace message-trace:
	@mkdir -p $B/logs
	@APP="$${APP:-$(traced_app)}" APPEND="$(traced) $$APPEND" \
	    tools/run > $B/logs/$@.log || { cat $B/logs/$@.log; exit 1; }
	@tools/trace ram $(TRACE_RAM) --kernel $(kernel) -o $B/$(@:-trace=.trace)
	@rm -f $(TRACE_RAM)
	@echo $B/$(@:-trace=.trace)
