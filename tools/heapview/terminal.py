"""tools/heapview/terminal.py - the heap as a map of characters, played or recorded.

A map shows each cell of memory by how much of it is in use: `.`, `:`, `-`, `+`, `#`; in
colour where that is wanted, as bars of blue.  `play` shows it in a terminal, or prints it
plainly where there is none (a file, NO_COLOR, TERM=dumb); `cast` writes the same pictures
as an asciinema recording, version 2.
"""
import json
import os
import shutil
import sys
import time

from model import FREE, UNKNOWN, USED, Heap, find_implied
from reader import TraceError

ROWS_MOST = 12  # of the map
PICTURES = 300  # of a whole trace, unless a step is asked for
WIDTH_LEAST, WIDTH_MOST = 40, 160
SHADES = ".:-+#"
RESET, HIDE, SHOW, HOME, CLEAR = "\x1b[0m", "\x1b[?25l", "\x1b[?25h", "\x1b[H", "\x1b[2J"
BLUES = (250, 152, 110, 67, 25)  # of the 256 colours, from free to used
UNKNOWN_GREY, NOW_ORANGE = 245, 208


def bytes_text(size):
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.0f} {unit}" if size == int(size) else f"{size:.1f} {unit}"
        size /= 1024
    return ""


class Map:
    """The picture of one space of a heap, `width` columns wide."""

    def __init__(self, heap, space, width, coloured):
        self.heap, self.space, self.width, self.coloured = heap, space, width, coloured
        self.regions = [(told, region) for told, region in
                        zip(heap.trace.regions, heap.regions) if told.space == space]
        total = sum(told.end - told.start for told, _ in self.regions)
        unit = self.regions[0][0].unit
        cells = self.columns() * ROWS_MOST
        self.cell_bytes = unit
        while self.cell_bytes * cells < total:
            self.cell_bytes *= 2

    def columns(self):
        return (self.width - 20) // 16 * 16

    def cells(self, told, region):
        """[(share in use, share unknown)] for each cell of a region."""
        size = self.cell_bytes
        used = [0] * -(-(told.end - told.start) // size)
        unknown = used[:]
        for start, (length, state, _) in region.blocks.items():
            if state == FREE:
                continue
            cells = used if state == USED else unknown
            at, end = start - told.start, start - told.start + length
            while at < end:
                part = min(end, (at // size + 1) * size) - at
                cells[at // size] += part / size
                at += part
        return list(zip(used, unknown))

    def draw_cell(self, used, unknown, is_now):
        if unknown > 0.5:
            level, colour, text = None, UNKNOWN_GREY, "?"
        else:
            level = 0 if used < 0.01 else min(4, 1 + int(used * 3.001))
            colour, text = BLUES[level], SHADES[level]
        if not self.coloured:
            return "@" if is_now else text
        return f"\x1b[48;5;{NOW_ORANGE if is_now else colour}m" + ("?" if level is None else " ")

    def draw_region(self, told, region, event):
        cells, columns = self.cells(told, region), self.columns()
        first, last = -1, -2
        if event and event.space == told.space:
            first = (event.address - told.start) // self.cell_bytes
            last = (event.address + event.bytes - 1 - told.start) // self.cell_bytes
        for row in range(0, len(cells), columns):
            text = "".join(self.draw_cell(*cells[i], first <= i <= last)
                           for i in range(row, min(row + columns, len(cells))))
            yield (f"{told.start + row * self.cell_bytes:#18x} " + text
                   + (RESET if self.coloured else ""))

    def caption(self, event):
        trace, number = self.heap.trace, self.heap.position - 1
        if event is None:
            return "the trace begins"
        who = trace.function(event.stack[0]) if event.stack else trace.process(event.pid)
        text = f"{event.kind} {bytes_text(event.bytes)} at {event.address:#x}"
        if event.kind in ("alloc", "take"):
            text += f" for {who}"
        return f"event {number} of {len(trace.events)}: {text}"[:self.width]

    def figures(self):
        sums, requested, largest = self.heap.totals(self.space)
        free = sums[FREE]
        scattered = 100 * (free - largest) // free if free else 0
        unknown = f", unknown {bytes_text(sums[UNKNOWN])}" if sums[UNKNOWN] else ""
        return (f"{self.space}: used {bytes_text(sums[USED])} (asked {bytes_text(requested)})"
                f", free {bytes_text(free)}{unknown}, fragmentation {scattered} %")

    def draw(self):
        """The picture as lines."""
        number = self.heap.position - 1
        event = self.heap.trace.events[number] if number >= 0 else None
        lines = [self.caption(event), self.figures()]
        for told, region in self.regions:
            lines += self.draw_region(told, region, event)
        return lines + [f"one cell: {bytes_text(self.cell_bytes)}; {self.legend()}"]

    def legend(self):
        if not self.coloured:
            return f"free to used: '{SHADES}', now: '@'"
        shades = "".join(f"\x1b[48;5;{colour}m  " for colour in BLUES)
        return f"free {shades}{RESET} used, now \x1b[48;5;{NOW_ORANGE}m  {RESET}"


def pictures(trace, options, width, coloured):
    """Each picture as lines."""
    spaces = [region.space for region in trace.regions]
    space = options.space or spaces[0]
    if space not in spaces:
        raise TraceError(f"{trace.name}: no space '{space}'; there are: "
                         + ", ".join(sorted(set(spaces))))
    first, last = options.range
    if first > len(trace.events):
        raise TraceError(f"{trace.name}: no event {first}; there are {len(trace.events)}")
    last = min(len(trace.events), len(trace.events) if last is None else last + 1)
    first = max(first, min(trace.nr_snapshot(), last))
    step = options.step or max(1, (last - first) // PICTURES)
    heap = Heap(trace, find_implied(trace))
    heap_map = Map(heap, space, width, coloured)
    position = first
    while True:
        heap.run(position)
        yield heap_map.draw()
        if position >= last:
            return
        position = min(last, position + step)


def width_of(options):
    columns = options.columns or shutil.get_terminal_size((80, 24)).columns
    return max(WIDTH_LEAST, min(WIDTH_MOST, columns))


def is_lively():
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def play(trace, options):
    """In a terminal each picture takes the place of the last; elsewhere they follow."""
    lively, width = is_lively(), width_of(options)
    coloured = lively and not os.environ.get("NO_COLOR")
    try:
        for number, lines in enumerate(pictures(trace, options, width, coloured)):
            if lively:
                start = HIDE + CLEAR + HOME if number == 0 else HOME
                sys.stdout.write(start + "".join(line + "\x1b[K\n" for line in lines))
                sys.stdout.flush()
                time.sleep(1 / options.speed)
            else:
                sys.stdout.write("\n".join(lines) + "\n\n")
    finally:
        if lively:
            sys.stdout.write(SHOW)
            sys.stdout.flush()


def cast(trace, options):
    """The text of an asciinema recording, version 2."""
    width = max(WIDTH_LEAST, min(WIDTH_MOST, options.columns or 80))
    shown = list(pictures(trace, options, width, True))
    header = {"version": 2, "width": width, "height": max(len(lines) for lines in shown) + 1,
              "title": f"heapview {os.path.basename(trace.name)}",
              "env": {"TERM": "xterm-256color"}}
    out = [json.dumps(header)]
    for number, lines in enumerate(shown):
        text = (HIDE + CLEAR if number == 0 else "") + HOME
        text += "".join(line + "\x1b[K\r\n" for line in lines)
        out.append(json.dumps([round(number / options.speed, 6), "o", text]))
    out.append(json.dumps([round(len(shown) / options.speed, 6), "o", SHOW]))
    return "\n".join(out) + "\n"
