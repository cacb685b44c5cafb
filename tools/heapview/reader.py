"""tools/heapview/reader.py - read a trace, version 1, and refuse what is none.

What it gives is told by class Trace.  Not here: what the events do to a heap (model.py).
Lines that are not the trace's own may stand anywhere: a console's log is read as it is.
"""
import re
from collections import namedtuple

VERSION = "1"
KINDS = ("have-free", "have-used", "alloc", "free", "split", "merge", "take", "put")
TYPES = ("none", "system", "process", "thread", "endpoint", "gate", "notification", "memory",
         "irq")
# The notes, each with the keys that it may have.
NOTES = {
    **dict.fromkeys(("made", "run", "ready", "moving", "suspended", "ended"), [()]),
    **dict.fromkeys(("sending", "receiving", "waiting", "sleeping", "awaiting-reply"),
                    [("object",)]),
    **dict.fromkeys(("call", "send"), [("gate", "label")]),
    "receive": [("thread", "label"), ("label",)],
    "reply": [("thread", "label")], "done": [("status",)],
    **dict.fromkeys(("open", "close", "revoke"), [(kind, "handle") for kind in TYPES]),
}
NUMBERS_MAX = 1 << 64
REGIONS_MOST = 254  # a byte in the page
LINE = re.compile(r"trace (\d+) (begin|space|process|symbol|event|notes|note|end)\b ?(.*)")
COUNTS = re.compile(r"events=(\d+)(?: lost=(\d+))?$")

Region = namedtuple("Region", "space start end unit")
Event = namedtuple("Event", "time kind space address bytes requested pid hart steps stack")
Note = namedtuple("Note", "time pid thread hart kind facts")  # facts: {key: number}


class TraceError(Exception):
    """The file is no trace that can be shown; the message says why and where."""


class Trace:
    """regions: [Region], in the order told      events: [Event], by number
    notes: [Note], by number                     nr_notes: how many are promised
    processes: {pid: name}                       lost: older events that are not there
    symbols: [(start, end, name)], sorted        name: for people"""

    def __init__(self, name):
        self.name = name
        self.lost = self.nr_notes = 0
        self.regions, self.events, self.symbols, self.processes = [], [], [], {}
        self.notes = []
        self.names = {}  # function()'s answers so far

    def region_of(self, space, address):
        """The number of the region, None if there is none."""
        for number, region in enumerate(self.regions):
            if region.space == space and region.start <= address < region.end:
                return number
        return None

    def function(self, address):
        """The name of the function that the return address lies in, else the address."""
        if address not in self.names:
            self.names[address] = next((name for start, end, name in self.symbols
                                        if start <= address < end), f"{address:#x}")
        return self.names[address]

    def process(self, pid):
        return self.processes.get(pid, "kernel" if pid == 0 else f"process {pid}")

    def nr_snapshot(self):
        """How many events only say what was there at the beginning."""
        return next((number for number, event in enumerate(self.events)
                     if not event.kind.startswith("have-")), len(self.events))


def number(text, base=10):
    """A number as the trace writes it; ValueError for anything else."""
    if not re.fullmatch("0x[0-9A-Fa-f]+" if base == 16 else "[0-9]+", text):
        raise ValueError(f"'{text}' is no {'address' if base == 16 else 'number'}")
    value = int(text, base)
    if value >= NUMBERS_MAX:
        raise ValueError(f"'{text}' is too large")
    return value


def parse_event(trace, words):
    if len(words) != 11:
        raise ValueError(f"an event has 11 fields, this one {len(words)}")
    sequence, time, kind, space, address, size, requested, pid, hart, steps, stack = words
    if number(sequence) != len(trace.events):
        raise ValueError(f"event {len(trace.events)} should be here, not {sequence}")
    if kind not in KINDS:
        raise ValueError(f"'{kind}' is no event; there are: {', '.join(KINDS)}")
    if all(space != region.space for region in trace.regions):
        raise ValueError(f"no line says what the space '{space}' is")
    frames = () if stack == "-" else tuple(number(a, 16) for a in stack.split(";"))
    if number(size) == 0:
        raise ValueError("a block of 0 bytes")
    return Event(number(time), kind, space, number(address, 16), number(size),
                 number(requested), number(pid), number(hart), number(steps), frames)


def parse_note(trace, words):
    if len(words) < 6 or len(words) % 2:
        raise ValueError(f"a note has 5 fields, a word, and pairs; this one has {len(words)}")
    sequence, time, pid, thread, hart, kind = words[:6]
    if number(sequence) != len(trace.notes):
        raise ValueError(f"note {len(trace.notes)} should be here, not {sequence}")
    if tuple(words[6::2]) not in NOTES.get(kind, ()):
        raise ValueError(f"'{' '.join(words[5:])}' is no note")
    facts = {key: number(value) for key, value in zip(words[6::2], words[7::2])}
    return Note(number(time), number(pid), number(thread), number(hart), kind, facts)


def parse_space(trace, words):
    if len(words) != 4:
        raise ValueError(f"a space has 4 fields, this one {len(words)}")
    start, end, unit = number(words[1], 16), number(words[2], 16), number(words[3])
    if start >= end:
        raise ValueError("a space that ends before it begins")
    if unit == 0 or unit & (unit - 1) or unit > end - start:
        raise ValueError("the smallest block is a power of two, and the space holds one")
    if (end - start) // unit > 1 << 26:
        raise ValueError("a space of more than 67,108,864 smallest blocks")
    region = Region(words[0], start, end, unit)
    if region not in trace.regions:
        trace.regions.append(region)
    if len(trace.regions) > REGIONS_MOST:
        raise ValueError(f"more than {REGIONS_MOST} regions of memory")


def parse_item(trace, item, rest):
    words = rest.split()
    if item == "event":
        trace.events.append(parse_event(trace, words))
    elif item == "note":
        trace.notes.append(parse_note(trace, words))
    elif item == "notes":
        trace.nr_notes = number(rest.strip())
    elif item == "space":
        parse_space(trace, words)
    elif item == "process":
        pid, _, name = rest.strip().partition(" ")
        trace.processes[number(pid)] = name or f"process {pid}"
    elif item == "symbol":
        if len(words) != 3:
            raise ValueError(f"a symbol has 3 fields, this one {len(words)}")
        trace.symbols.append((number(words[0], 16), number(words[1], 16), words[2]))


def parse_counts(text, item):
    counts = COUNTS.match(text.strip())
    if not counts or (item == "begin") != (counts.group(2) is not None):
        raise ValueError(f"'{item}' without its counts")
    return [int(count or 0) for count in counts.groups()]


def read_lines(lines, name):
    """The first trace in the lines.  Raises TraceError."""
    trace, promised = Trace(name), None
    for line_number, line in enumerate(lines, 1):
        found = LINE.search(line)
        if not found:
            continue
        version, item, rest = found.groups()
        if version != VERSION:
            raise TraceError(f"{name}:{line_number}: a trace of version {version}; "
                             f"this program reads version {VERSION}")
        try:
            if item == "begin":
                if promised is not None:
                    raise ValueError("a second trace begins before the first one ends")
                promised, trace.lost = parse_counts(rest, item)
            elif promised is None:
                raise ValueError("no 'trace 1 begin' before it: the trace's start is cut off")
            elif item == "end":
                return finish(trace, promised, parse_counts(rest, item)[0])
            else:
                parse_item(trace, item, rest)
        except ValueError as error:
            raise TraceError(f"{name}:{line_number}: {error}") from None
    if promised is None:
        raise TraceError(f"{name}: there is no trace in it (no line 'trace 1 begin ...')")
    raise TraceError(f"{name}: the trace is cut off: there are {len(trace.events)} of its "
                     f"{promised} events, and no 'trace 1 end'")


def finish(trace, promised, told):
    if not promised == told == len(trace.events):
        raise ValueError(f"the counts differ: {promised} events promised at the beginning, "
                         f"{told} told at the end, {len(trace.events)} there")
    if trace.nr_notes != len(trace.notes):
        raise ValueError(f"the counts differ: {trace.nr_notes} notes promised, "
                         f"{len(trace.notes)} there")
    if not trace.regions and not trace.notes:
        raise ValueError("no line says what the memory is ('trace 1 space ...')")
    trace.symbols.sort()
    return trace


def read_trace(path):
    """The trace in a file.  Raises TraceError, with a message for people."""
    try:
        with open(path, encoding="utf-8", errors="replace") as lines:
            return read_lines(lines, path)
    except OSError as error:
        raise TraceError(f"{path}: {error.strerror}") from None
