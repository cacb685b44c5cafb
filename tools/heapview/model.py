"""tools/heapview/model.py - what the events of a trace do to the heap.

A Region's blocks cover it without a gap; each event puts its range into a state and cuts
whatever was there before.  So a trace that leaves something unsaid (frames taken in runs,
a heap that is no buddy, events that were lost) still gives a picture that is true as far
as it is known.  page/heap.js does the same in the browser.
"""
from bisect import bisect_right, insort

FREE, USED, UNKNOWN = "free", "used", "unknown"
AFTER = {"have-free": FREE, "have-used": USED, "alloc": USED, "free": FREE, "merge": FREE}
BEFORE = {"alloc": FREE, "split": FREE, "free": USED}  # "merge": two free halves


def natural_pieces(start, end):
    """[start, end) as a buddy would cut it: powers of two at multiples of themselves."""
    while start < end:
        size = 1 << (end - start).bit_length() - 1
        if start:
            size = min(size, start & -start)
        yield start, size
        start += size


def is_natural(start, size):
    return size & (size - 1) == 0 and start % size == 0


class Region:
    """blocks: {address: (bytes, state, number of the event that made it or None)}"""

    def __init__(self, start, end):
        self.start, self.end = start, end
        self.starts = [start]
        self.blocks = {start: (end - start, UNKNOWN, None)}

    def block_at(self, address):
        """The start of the block that holds the address."""
        return self.starts[bisect_right(self.starts, address) - 1]

    def overlapping(self, start, end):
        at = self.block_at(start)
        while at < end:
            yield at
            at += self.blocks[at][0]

    def is_unknown(self, start, end):
        return any(self.blocks[at][1] == UNKNOWN for at in self.overlapping(start, end))

    def insert(self, start, size, state, event):
        insort(self.starts, start)
        self.blocks[start] = (size, state, event)

    def put_back(self, start, end, block, whole):
        """What is left of a block that was cut."""
        if start < end:
            pieces = [(start, end - start)] if whole else natural_pieces(start, end)
            for at, size in pieces:
                self.insert(at, size, block[1], block[2])

    def fill(self, start, size, state, event):
        """[start, start + size) becomes one block, whatever was there."""
        start, end = max(start, self.start), min(start + size, self.end)
        if start >= end:
            return
        for at in list(self.overlapping(start, end)):
            block = self.blocks.pop(at)
            del self.starts[bisect_right(self.starts, at) - 1]
            whole = block[1] == UNKNOWN or not is_natural(at, block[0])
            self.put_back(at, start, block, whole)
            self.put_back(end, at + block[0], block, whole)
        self.insert(start, end - start, state, event)


class Heap:
    """The heap before its first event; apply() goes on by one.

    regions: [Region], as the trace's      objects: {address: event number}, in slabs
    implied: what the trace implies of the memory before its first event, as
    (region, start, bytes, state); given to the constructor, or found by find_implied()."""

    def __init__(self, trace, implied=()):
        self.trace = trace
        self.position = 0
        self.objects = {}
        self.regions = [Region(r.start, r.end) for r in trace.regions]
        for number, start, size, state in implied:
            self.regions[number].fill(start, size, state, None)

    def apply(self):
        """The next event; returns the number of its region, None if it is outside."""
        event = self.trace.events[self.position]
        number = self.trace.region_of(event.space, event.address)
        if event.kind == "take":
            self.objects[event.space, event.address] = self.position
        elif event.kind == "put":
            self.objects.pop((event.space, event.address), None)
        elif number is not None and event.kind == "split":
            half = event.bytes // 2
            self.regions[number].fill(event.address, half, FREE, self.position)
            self.regions[number].fill(event.address + half, half, FREE, self.position)
        elif number is not None:
            state = AFTER[event.kind]
            self.regions[number].fill(event.address, event.bytes, state, self.position)
        self.position += 1
        return number

    def run(self, position=None):
        end = len(self.trace.events) if position is None else position
        while self.position < end:
            self.apply()
        return self

    def totals(self, space=None):
        """{state: bytes}, the bytes asked for, and those of the largest free block."""
        sums, requested, largest = {FREE: 0, USED: 0, UNKNOWN: 0}, 0, 0
        for told, region in zip(self.trace.regions, self.regions):
            if space is not None and told.space != space:
                continue
            for size, state, event in region.blocks.values():
                sums[state] += size
                if state == FREE:
                    largest = max(largest, size)
                elif state == USED and event is not None:
                    requested += self.trace.events[event].requested
        return sums, requested, largest


def find_implied(trace):
    """What the first event of each part of the memory says of the time before: a block
    that is freed was in use, one that is split was free."""
    heap, implied = Heap(trace), []
    for event in trace.events:
        number = trace.region_of(event.space, event.address)
        if number is not None and not event.kind.startswith("have-"):
            region = heap.regions[number]
            half = event.bytes // 2
            halves = [(event.address, half), (event.address + half, half)]
            parts = halves if event.kind == "merge" else [(event.address, event.bytes)]
            state = BEFORE.get(event.kind, FREE)
            if event.kind not in ("take", "put"):
                implied += [(number, start, size, state) for start, size in parts
                            if region.is_unknown(start, start + size)]
        heap.apply()
    return implied[::-1]  # the earliest has the last word


def holders(heap):
    """What is in use: (event number or None, address, bytes), an object by itself and a
    slab that holds objects for what they leave of it."""
    taken = {}
    for (space, address), event in heap.objects.items():
        number = heap.trace.region_of(space, address)
        if number is not None:
            at = heap.regions[number].block_at(address)
            size = heap.trace.events[event].bytes
            taken[number, at] = taken.get((number, at), 0) + size
        yield event, address, heap.trace.events[event].bytes
    for number, region in enumerate(heap.regions):
        for at, (size, state, event) in region.blocks.items():
            if state == USED and size > taken.get((number, at), 0):
                yield event, at, size - taken.get((number, at), 0)
