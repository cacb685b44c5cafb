"""tools/heapview/page.py - one HTML page that needs nothing but a browser.

The parts in page/ are put into one file, the traces beside them as columns of numbers:
LEB128 (seven bits a byte, the lowest first), base64; page/trace.js reads them again.  An
address is a region's number and the offset in it: a JavaScript number holds no 64 bits.
"""
import base64
import json
import os

from model import FREE, USED, find_implied
from reader import KINDS

PARTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page")
SCRIPTS = ["trace.js", "heap.js", "words.js", "sentence.js", "paint.js", "stage.js",
           "chart.js", "panels.js", "player.js", "main.js"]
STATES = {FREE: 1, USED: 2}  # as in page/heap.js
OUTSIDE = 255  # the region of an event that is in none


def leb128(numbers):
    """Numbers from 0 up, packed and in base64."""
    out = bytearray()
    for value in numbers:
        while value > 127:
            out.append(value & 127 | 128)
            value >>= 7
        out.append(value)
    return base64.b64encode(bytes(out)).decode()


def deltas(numbers):
    """Differences, the sign in the lowest bit."""
    last = 0
    for value in numbers:
        step = value - last
        yield step << 1 if step >= 0 else (-step << 1) - 1
        last = value


class Table:
    """Things numbered in the order they come."""

    def __init__(self):
        self.numbers = {}

    def number(self, thing):
        return self.numbers.setdefault(thing, len(self.numbers))

    def all(self):
        return list(self.numbers)


def describe_region(region):
    """`lead` tells how the region lies in the powers of two: a block's address is a
    multiple of its size, its offset need not be."""
    size = region.end - region.start
    lead = region.start % (1 << size.bit_length())
    return {"space": region.space, "start": f"{region.start:#x}", "bytes": size,
            "unit": region.unit, "lead": lead}


def short_name(trace):
    return os.path.basename(trace.name).removesuffix(".trace")


def describe(trace):
    functions, stacks = Table(), Table()
    regions, offsets = [], []
    for event in trace.events:
        number = trace.region_of(event.space, event.address)
        regions.append(OUTSIDE if number is None else number)
        offsets.append(0 if number is None else event.address - trace.regions[number].start)
    events = trace.events
    stack_of = [stacks.number(tuple(functions.number(trace.function(address))
                                    for address in event.stack)) for event in events]
    columns = {
        "kind": leb128(KINDS.index(event.kind) for event in events),
        "region": leb128(regions),
        "offset": leb128(deltas(offsets)),
        "time": leb128(deltas(event.time for event in events)),
        "stack": leb128(stack_of),
    }
    for name in ("bytes", "requested", "pid", "hart", "steps"):
        columns[name] = leb128(getattr(event, name) for event in events)
    return {
        "name": short_name(trace), "lost": trace.lost, "count": len(events),
        "snapshot": trace.nr_snapshot(),
        "regions": [describe_region(region) for region in trace.regions],
        "processes": {pid: trace.process(pid) for pid in {e.pid for e in events} | {0}},
        "functions": functions.all(), "stacks": stacks.all(),
        "implied": [[number, start - trace.regions[number].start, size, STATES[state]]
                    for number, start, size, state in find_implied(trace)],
        "columns": columns,
    }


def part(name):
    with open(os.path.join(PARTS, name), encoding="utf-8") as file:
        return file.read()


def assemble(title, body, styles, scripts, data):
    data = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return (part("frame.html")
            .replace("/* title */", title)
            .replace("/* body */\n", part(body))
            .replace("/* page.css */", "".join(map(part, styles)))
            .replace("/* scripts */", "\n".join(map(part, scripts)))
            .replace("/* traces */", data.replace("<", "\\u003c")))  # last: it is theirs


def page(traces):
    """The text of the page for one trace or two."""
    return assemble("heapview", "page.html", ["page.css"], SCRIPTS,
                    [describe(trace) for trace in traces])


def lanes(story):
    """The text of the page of threads and messages."""
    return assemble("threads and messages", "lanes.html", ["page.css", "lanes.css"],
                    ["lanes.js"], story.describe())
