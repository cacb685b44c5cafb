#!/usr/bin/env python3
"""lab-judge.t - the test of how tools/lab judges what a test printed: only what carries the
nonce counts, and each kind of failure is one."""
import os
import sys

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

from labrails import judge, run, spec  # noqa: E402

NONCE = "0123456789abcdef"
KERNEL = {"name": "k", "points": 1, "kernel": "a_*", "timeout": 7}
HOST = {"name": "h", "points": 1, "host": "split"}
PROGRAM = {"name": "p", "points": 1, "program": "hello", "expect": ["^hello {nonce}$"]}

# what, the test, what it printed, its status, whether time ran out, the reason or None
CASES = [
    ("kernel: all ok", KERNEL, f"1..2\nok 1 - a_x # {NONCE}\nok 2 - a_y # {NONCE}\n", 0, 0, None),
    ("kernel: not ok", KERNEL, f"1..2\nok 1 - a_x # {NONCE}\nnot ok 2 - a_y # t.c:3: no\n", 1, 0,
     "not ok 2 - a_y # t.c:3: no"),
    ("kernel: printed, without the nonce", KERNEL, "1..2\nok 1 - a_x\nok 2 - a_y\n", 0, 0,
     "2 tests were planned, 0 passed"),
    ("kernel: another's nonce", KERNEL, "1..1\nok 1 - a_x # fedcba9876543210\n", 0, 0,
     "1 tests were planned, 0 passed"),
    ("kernel: the plan cut short", KERNEL, f"1..2\nok 1 - a_x # {NONCE}\n", 0, 0,
     "2 tests were planned, 1 passed"),
    ("kernel: no plan", KERNEL, f"ok 1 - a_x # {NONCE}\n", 0, 0, "the kernel ran no test"),
    ("kernel: an empty plan", KERNEL, "1..0\n", 0, 0, "the kernel ran no test"),
    ("kernel: silence", KERNEL, "", 0, 0, "the kernel ran no test"),
    ("kernel: a panic", KERNEL, f"1..1\nok 1 - a_x # {NONCE}\n[kernel] PANIC at x.c:1: bad\n", 101,
     0, "[kernel] PANIC at x.c:1: bad"),
    ("kernel: a bad status", KERNEL, f"1..1\nok 1 - a_x # {NONCE}\n", 1, 0, "ended with status 1"),
    ("kernel: time ran out", KERNEL, f"1..1\nok 1 - a_x # {NONCE}\n", -9, 1,
     "it did not end within 7 s"),
    ("host: passed", HOST, f"ok 1 - split\npassed split {NONCE}\n", 0, 0, None),
    ("host: printed, without the nonce", HOST, "ok 1 - split\npassed split\n", 0, 0,
     "it does not say that it passed"),
    ("host: another test passed", HOST, f"passed merge {NONCE}\n", 0, 0,
     "it does not say that it passed"),
    ("host: an assertion", HOST, "# 1 != 2\n# h.c:7: error: Failure!\n# not ok - lab\n", 1, 0,
     "1 != 2"),
    ("host: its own words", HOST, "ERROR: unit 4 is lost\nnot ok 1 - split\n", 1, 0,
     "unit 4 is lost"),
    ("host: a sanitizer", HOST, "==17==ERROR: AddressSanitizer: heap-use-after-free\n", 1, 0,
     "AddressSanitizer: heap-use-after-free"),
    ("host: passed, and died", HOST, f"passed split {NONCE}\n", -11, 0, "ended by SIGSEGV"),
    ("host: passed, and a status", HOST, f"passed split {NONCE}\n", 1, 0, "ended with status 1"),
    ("program: as expected", PROGRAM, f"[boot] hello\nhello {NONCE}\n", 0, 0, None),
    ("program: the command line is no answer", PROGRAM, f"bootargs: app=\"hello {NONCE}\"\n", 0, 0,
     "nothing like: ^hello {nonce}$"),
]


def check_output_limit():
    """A command that prints without end is ended soon, and fails."""
    done = run.run(["sh", "-c", "yes"], ROOT, 60)
    return done.too_much and len(done.text) < 4 * run.OUTPUT_MAX


def main():
    number = 0
    failed = False

    def tell(holds, name, got=""):
        nonlocal number, failed
        number += 1
        failed |= not holds
        print(f"{'' if holds else 'not '}ok {number} - {name}{'' if holds else f' (got {got})'}")

    for name, entry, text, status, timed_out, wanted in CASES:
        done = run.Done(text, status, bool(timed_out), 0.0)
        reasons = judge.judge(spec.Test(entry), done, NONCE)
        tell(wanted in reasons if wanted else not reasons, name, reasons)
    tell(check_output_limit(), "run: too much output ends a command")
    done = run.run(["sleep", "60"], ROOT, 1)
    tell(done.timed_out and done.seconds < 10, "run: so does the end of its time")
    done = run.run(["/no/such/command"], ROOT, 1)
    tell(done.status == 127, "run: a command that is not there")
    print(f"1..{number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
