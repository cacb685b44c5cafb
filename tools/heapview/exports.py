"""tools/heapview/exports.py - traces for other people's viewers.

Chrome's trace events (Perfetto, speedscope, chrome://tracing), as told in "Trace Event
Format": each block a pair of async events `b` and `e` on its process, counters `C` for
used, requested and fragmentation, and each request a complete event `X`, from its first
split or its free to its last merge (the only kind that speedscope shows).  Collapsed stacks (flamegraph.pl, inferno, speedscope):
who holds the heap at the end, in bytes.
"""
import json
from collections import Counter

from model import FREE, USED, Heap, find_implied, holders

COUNTERS_MOST = 200  # samples


def frames_of(trace, event):
    """The names of an event's stack, outermost first, below its process."""
    names = [trace.function(address) for address in reversed(event.stack)]
    return [trace.process(event.pid)] + (names or ["(no stack)"])


def counters(trace):
    heap, spaces = Heap(trace, find_implied(trace)), sorted({r.space for r in trace.regions})
    every = max(1, len(trace.events) // COUNTERS_MOST)
    for number, event in enumerate(trace.events):
        heap.apply()
        if number % every and number != len(trace.events) - 1:
            continue
        for space in spaces:
            sums, requested, largest = heap.totals(space)
            scattered = 100 * (sums[FREE] - largest) / sums[FREE] if sums[FREE] else 0
            for name, values in [
                    ("bytes", {"used": sums[USED], "requested": requested}),
                    ("fragmentation", {"percent": round(scattered, 2)})]:
                yield {"ph": "C", "name": f"{space} {name}", "pid": 0, "tid": 0,
                       "ts": event.time / 1000, "args": values}


def lifetimes(trace):
    """Async events: a block or object from its allocation to its free or the end."""
    begun, last = {}, trace.events[-1].time if trace.events else 0

    def end(key, time):
        number, event = begun.pop(key)
        return {"ph": "e", "cat": event.space, "name": name(event), "id": hex(number),
                "pid": event.pid, "tid": event.hart, "ts": time / 1000}

    def name(event):
        caller = trace.function(event.stack[0]) if event.stack else event.kind
        return f"{caller} {event.bytes} B"

    for number, event in enumerate(trace.events):
        is_object = event.kind in ("take", "put")
        key = (event.space, event.address, is_object)
        if event.kind in ("alloc", "take", "have-used", "free", "put") and key in begun:
            yield end(key, event.time)
        if event.kind in ("alloc", "take", "have-used"):
            begun[key] = (number, event)
            yield {"ph": "b", "cat": event.space, "name": name(event), "id": hex(number),
                   "pid": event.pid, "tid": event.hart, "ts": event.time / 1000,
                   "args": {"address": f"{event.address:#x}", "requested": event.requested,
                            "stack": ";".join(frames_of(trace, event))}}
    for key in list(begun):
        yield end(key, last)


def requests(trace):
    """Complete events: an alloc with the splits before it, a free with the merges after."""
    first = current = None

    def complete(last):
        whole = max(0, trace.events[last].time - trace.events[first].time) / 1000
        event = trace.events[current]
        return {"ph": "X", "cat": "request", "name": f"{event.kind} {event.bytes} B",
                "pid": event.pid, "tid": event.hart, "ts": trace.events[first].time / 1000,
                "dur": max(whole, 0.001), "args": {"address": f"{event.address:#x}"}}

    for number, event in enumerate(trace.events):
        goes_on = current is not None and event.kind == "merge"
        if current is not None and not goes_on:
            yield complete(number - 1)
            first = current = None
        if event.kind in ("split", "alloc", "free") and first is None:
            first = number
        if event.kind in ("alloc", "free"):
            current = number
        elif event.kind not in ("split", "merge"):
            first = None
    if current is not None:
        yield complete(len(trace.events) - 1)


def chrome(trace):
    """The text of a Chrome trace."""
    pids = sorted({event.pid for event in trace.events} | set(trace.processes) | {0})
    events = [{"ph": "M", "name": "process_name", "pid": pid, "tid": 0, "ts": 0,
               "args": {"name": trace.process(pid)}} for pid in pids]
    events += requests(trace)
    events += lifetimes(trace)
    events += counters(trace)
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ns"},
                      separators=(",", ":")) + "\n"


def stacks(trace, position=None):
    """Collapsed stacks: `process;outermost;...;innermost bytes`, largest first; at the end,
    or after so many events."""
    heap, held = Heap(trace, find_implied(trace)).run(position), Counter()
    for number, _, size in holders(heap):
        names = ["(before the trace)"] if number is None else \
            frames_of(trace, trace.events[number])
        held[";".join(part.replace(";", ",").replace(" ", "_") for part in names)] += size
    return "".join(f"{names} {size}\n" for names, size in
                   sorted(held.items(), key=lambda item: (-item[1], item[0])))
