"""tools/heapview/story.py - what threads do and say to each other, out of a trace's notes.

A lane is one thread from its beginning to its end; numbers of threads are used again, lanes
are not.  Sentences, in English and Chinese, stand in page/lanes.json alone.
Not here: reading the notes (reader.py), the page (page.py, page/lanes.js).
"""
import json
import os
import re

FOLDER = os.path.dirname(os.path.abspath(__file__))
KERNEL_LABELS = {0x80000000: "CLOSED", 0x80000001: "NOTIFIED", 0x80000002: "FAULT"}
HANDLES = ("open", "close", "revoke")
STATES = {"made": "still", "run": "run", "ready": "ready", "ended": "ended",
          **dict.fromkeys(("sending", "receiving", "waiting", "sleeping", "awaiting-reply",
                           "moving", "suspended"), "still")}


def words():
    with open(os.path.join(FOLDER, "page/lanes.json"), encoding="utf-8") as file:
        return json.load(file)


def status_names():
    path = os.path.join(FOLDER, "../../lib/status.def")
    with open(path, encoding="utf-8") as file:
        return {-int(number): name
                for number, name in re.findall(r"STATUS\((-?\d+), (\w+)", file.read())}


def sentence_of(note):
    return "notice" if note.kind == "receive" and "thread" not in note.facts else note.kind


class Lane:
    """changes: [[row, state]], rising; a state is run, ready, still or ended."""

    def __init__(self, name, pid):
        self.name, self.pid, self.changes = name, pid, []

    def state(self):
        return self.changes[-1][1] if self.changes else None

    def become(self, row, state):
        if self.state() != state:
            self.changes.append([row, state])


class Row:
    """time in ns; lane and peer (a number of lanes, or None); sentence: its name in
    lanes.json; facts: what stands in it, as texts."""

    def __init__(self, time, lane, peer, sentence, facts):
        self.time, self.lane, self.peer, self.sentence, self.facts = (
            time, lane, peer, sentence, facts)


class Story:
    """lanes: [Lane], in the order of their first note     rows: [Row], in that of time"""

    def __init__(self, trace):
        self.trace, self.lanes, self.rows = trace, [], []
        self.living, self.on_hart, self.statuses = {}, {}, status_names()
        for note in trace.notes:
            self.add(note)

    def lane_of(self, note):
        """The number of its thread's lane; None for thread 0, which is none."""
        thread = note.thread
        if thread == 0:
            return None
        if note.kind == "made" or thread not in self.living:
            self.living[thread] = len(self.lanes)
            self.lanes.append(Lane(f"{self.trace.process(note.pid)} {thread}", note.pid))
        return self.living[thread]

    def add(self, note):
        row, peer = len(self.rows), None
        if note.kind in HANDLES:  # its pid may be another's
            lane = self.living.get(note.thread)
        else:
            lane = self.lane_of(note)
            peer = self.living.get(note.facts.get("thread"))
        if note.kind == "run" and lane is not None and self.lanes[lane].state() == "run" and (
                self.on_hart.get(note.hart) == lane):
            return  # another turn
        self.rows.append(Row(note.time, lane, peer, sentence_of(note), self.facts(note, peer)))
        if note.kind in STATES and lane is not None:
            self.change(row, lane, note)

    def change(self, row, lane, note):
        if note.kind == "run":
            before = self.on_hart.get(note.hart)
            if before is not None and self.lanes[before].state() == "run":
                self.lanes[before].become(row, "ready")
            self.on_hart = {hart: on for hart, on in self.on_hart.items() if on != lane}
            self.on_hart[note.hart] = lane
        self.lanes[lane].become(row, STATES[note.kind])
        if note.kind == "ended":
            self.living.pop(note.thread, None)

    def facts(self, note, peer):
        facts = {key: str(value) for key, value in note.facts.items()}
        facts["hart"] = str(note.hart)
        if note.kind in HANDLES:
            kind, number = next(iter(note.facts.items()))
            facts = {"what": f"{kind} {number}", "handle": f"{note.facts['handle']:#x}",
                     "who": self.trace.process(note.pid)}
        if "label" in facts:
            facts["label"] = KERNEL_LABELS.get(note.facts["label"], facts["label"])
        if "status" in facts:
            facts["status"] = self.statuses.get(note.facts["status"], facts["status"])
        if "thread" in facts:
            facts["peer"] = self.lanes[peer].name if peer is not None else facts["thread"]
        return facts

    def text(self):
        """One line a row, in English."""
        sentences = words()["en"]["sentences"]
        width = max((len(lane.name) for lane in self.lanes), default=0)
        lost = [f"{self.trace.lost} older events and notes were lost"] if self.trace.lost else []
        return "".join(f"{line}\n" for line in lost + [
            f"{row.time / 1e9:12.6f}  {self.name(row):{width}}  "
            f"{sentences[row.sentence].format(**row.facts)}" for row in self.rows])

    def name(self, row):
        return "kernel" if row.lane is None else self.lanes[row.lane].name

    def describe(self):
        """For the page, to become JSON."""
        return {"lost": self.trace.lost, "words": words(),
                "lanes": [{"name": lane.name, "process": self.trace.process(lane.pid),
                           "changes": lane.changes} for lane in self.lanes],
                "rows": [[row.time, row.lane, row.peer, row.sentence, row.facts]
                         for row in self.rows]}
