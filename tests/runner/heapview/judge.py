#!/usr/bin/env python3
"""tests/runner/heapview/judge.py - judge what heapview wrote.

usage: judge.py page|lanes|chrome|cast FILE TRACE     judge.py steps OURS CRATE
Exit status: 0 if all is as documented; 1, with a line that says what is not.

The formats: "Trace Event Format" (Chrome), "asciicast v2" (asciinema).
"""
import json
import os
import re
import sys
from collections import Counter

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../../tools/heapview"))

from reader import read_trace


def expect(holds, what):
    if not holds:
        sys.exit(f"judge: {what}")


def data_of_page(text):
    body = re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.DOTALL)
    expect(not re.search(r"(src|href)=(?!\"data:)|@import|url\(", body), "it takes from elsewhere")
    expect("/* traces */" not in text and "/* scripts */" not in text, "a place is left empty")
    return json.loads(re.search(r'<script id="traces"[^>]*>(.*?)</script>', text).group(1))


def judge_lanes(text, trace):
    data = data_of_page(text)
    expect([lane["name"] for lane in data["lanes"]]
           == ["init 4", "pingpong 8", "pingpong 11", "<b>tag 11"], "a lane for each thread")
    expect(len(data["rows"]) == len(trace.notes) - 1, "a row for each note but another turn")
    arrows = [(lane, peer, kind) for _, lane, peer, kind, _ in data["rows"] if peer is not None]
    expect(arrows == [(1, 2, "receive"), (1, 2, "reply")], "who gets a message of whom")
    expect([state for _, state in data["lanes"][2]["changes"]]
           == ["still", "ready", "run", "still", "run", "still", "ready", "run", "still", "ready",
               "run", "ended"], "a thread's states")
    expect(set(data["words"]["en"]["sentences"]) == set(data["words"]["zh"]["sentences"])
           and set(data["words"]["en"]) == set(data["words"]["zh"]), "both languages")


def judge_page(text, trace):
    data = data_of_page(text)
    expect(data[0]["count"] == len(trace.events), "events are missing")
    expect(data[0]["snapshot"] == 6, "the snapshot is of 6 events")
    expect(set(data[0]["columns"]) == {"kind", "region", "offset", "time", "stack", "bytes",
                                       "requested", "pid", "hart", "steps"}, "the columns")
    expect("process_create" in data[0]["functions"], "names of functions")


def judge_chrome(text, trace):
    events = json.loads(text)["traceEvents"]
    open_ids, counts, last = {}, Counter(), 0
    for event in events:
        expect(isinstance(event["ts"], (int, float)) and isinstance(event["pid"], int)
               and isinstance(event["tid"], int) and event["name"], f"fields: {event}")
        counts[event["ph"]] += 1
        if event["ph"] in "be":
            expect(event["cat"] and event["id"], f"an async event has cat and id: {event}")
        if event["ph"] == "b":
            expect(event["id"] not in open_ids, f"{event['id']} begins twice")
            open_ids[event["id"]] = event
        elif event["ph"] == "e":
            begin = open_ids.pop(event["id"], None)
            expect(begin and all(begin[k] == event[k] for k in ("name", "cat", "pid"))
                   and begin["ts"] <= event["ts"], f"an end without its beginning: {event}")
        elif event["ph"] == "X":
            expect(event["dur"] > 0 and event["cat"] == "request", f"a request: {event}")
        elif event["ph"] == "C":
            expect(all(isinstance(v, (int, float)) for v in event["args"].values())
                   and event["ts"] >= last, f"a counter: {event}")
            last = event["ts"]
        else:
            expect(event["ph"] == "M" and event["name"] == "process_name", f"a phase: {event}")
    expect(not open_ids, "a life without an end")
    lives = sum(event.kind in ("alloc", "take", "have-used") for event in trace.events)
    expect(counts["b"] == counts["e"] == lives, f"{lives} lives, not {counts['b']}")
    expect(counts["X"] == sum(event.kind in ("alloc", "free") for event in trace.events),
           "a complete event for each request")
    expect(counts["C"] == 4 * len(trace.events), "two counters a space for each event")


def judge_cast(text, trace):
    lines = [json.loads(line) for line in text.splitlines()]
    header, shown = lines[0], lines[1:]
    expect(header["version"] == 2 and header["width"] == 80 and header["height"] > 5, "header")
    expect(all(len(line) == 3 and line[1] == "o" for line in shown), "output events")
    times = [line[0] for line in shown]
    expect(times == sorted(times) and times[0] == 0, "times from 0 on")
    expect(len(shown) == 1 + (len(trace.events) - 6) // 5 + 1, "a picture each 5 events")
    for line in shown[:-1]:
        plain = re.sub("\x1b\\[[0-9;?]*[A-Za-z]", "", line[2]).split("\r\n")
        expect(len(plain) <= header["height"] and max(map(len, plain)) <= 80, "its size")


def judge_steps(ours, crate):
    for trace, exactly in ((ours, True), (crate, False)):
        frees, merges = [], Counter()
        for event in trace.events:
            if event.kind == "free":
                frees.append(event)
            elif event.kind == "merge":
                merges[len(frees) - 1] += 1
        expect(len(frees) > 100 and sum(merges.values()) > 100, "frees and merges")
        for number, event in enumerate(frees[:-1]):
            least = merges[number] + (1 if exactly else 0)
            expect(event.steps == least or not exactly and event.steps >= least,
                   f"free {number}: {event.steps} steps, {merges[number]} merges")


def main(what, first, second):
    if what == "steps":
        judge_steps(read_trace(first), read_trace(second))
        return 0
    with open(first, encoding="utf-8", newline="") as file:
        text = file.read()
    {"page": judge_page, "lanes": judge_lanes, "chrome": judge_chrome, "cast": judge_cast}[what](
        text, read_trace(second))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
