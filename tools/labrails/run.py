"""labrails/run.py - run one command with a time limit, and keep what it prints.

The command runs in a session of its own, so that what it started ends with it.
"""
import os
import re
import select
import signal
import subprocess
import time

OUTPUT_MAX = 8 << 20  # bytes; who prints more is ended
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# What make hands on, and what would change the machine: not for the tests.
NOT_HANDED_ON = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "SMP", "MEM", "LOG",
                 "APPEND", "APP", "CPU", "TIMEOUT", "BUILD_DIR", "LAB", "DIR", "NAME", "TESTS",
                 "FORMAT", "BIOS", "ICOUNT", "TRACE_RAM")


class Done:
    """How a command ended: its text (colours and \\r taken out), status (negative: a
    signal), whether it ran out of time."""

    def __init__(self, text, status, timed_out, seconds, too_much=False):
        self.text = text
        self.status = status
        self.timed_out = timed_out
        self.seconds = seconds
        self.too_much = too_much


def end(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def collect(process, limit_s):
    """(bytes, whether the time ran out, whether it was too much)."""
    pieces, nr_bytes, deadline = [], 0, time.monotonic() + limit_s
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            return pieces, True, False
        if not select.select([process.stdout], [], [], left)[0]:
            continue
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            return pieces, False, False
        pieces.append(piece)
        nr_bytes += len(piece)
        if nr_bytes > OUTPUT_MAX:
            return pieces, False, True


def run(command, folder, limit_s, more_env=None):
    env = {key: value for key, value in os.environ.items() if key not in NOT_HANDED_ON}
    env.update(more_env or {})
    started = time.monotonic()
    try:
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
    except OSError as error:
        return Done(f"{command[0]}: {error.strerror}\n", 127, False, 0.0)
    timed_out = too_much = False
    pieces = []
    try:
        pieces, timed_out, too_much = collect(process, limit_s)
        if not timed_out and not too_much:
            process.wait(max(1.0, started + limit_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        end(process)
        process.stdout.close()
    text = b"".join(pieces).decode("utf-8", "replace")
    text = ESCAPE.sub("", text).replace("\r", "")
    return Done(text, process.returncode, timed_out, time.monotonic() - started, too_much)
