#!/usr/bin/env python3
"""tests/system/typist.py - sit at a machine's console: wait for text, type, wait again.

usage: typist.py STEP... -- ARGUMENT...

Runs tools/run with the arguments on a terminal of its own and takes the steps in order:
`see TEXT` waits until TEXT has come after what was seen before, `type TEXT` types it
(Python's escapes, as in \\x03), `wait SECONDS` does nothing.  Then it waits for the end.
What the machine said goes to standard output.

Exit status: the machine's; 3 if a text did not come in time.   Caller: tests/system/*.t.
"""
import os
import pty
import select
import subprocess
import sys
import time

PATIENCE_S = 60


class Console:
    def __init__(self, command):
        self.terminal, theirs = pty.openpty()
        self.machine = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs,
                                        start_new_session=True)
        os.close(theirs)
        self.said = b""
        self.seen = 0

    def hear(self, seconds):
        """Take what comes within the time; False at the end."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return True
        try:
            text = os.read(self.terminal, 65536)
        except OSError:  # so Linux says that nobody has the other side any more
            return False
        self.said += text
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
        return bool(text)

    def see(self, text):
        deadline = time.monotonic() + PATIENCE_S
        while self.said.find(text, self.seen) < 0:
            if time.monotonic() > deadline or not self.hear(0.2):
                return False
        self.seen = self.said.find(text, self.seen) + len(text)
        return True

    def type(self, text):
        """All of it, while hearing: both sides may be full."""
        while text:
            writable = select.select([], [self.terminal], [], 0.1)[1]
            if writable:
                text = text[os.write(self.terminal, text[:256]):]
            self.hear(0)

    def end(self):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.hear(0.2):
            pass
        if self.machine.poll() is None:
            time.sleep(0.2)
        if self.machine.poll() is None:
            self.machine.terminate()
        return self.machine.wait()


def main(arguments):
    steps, command = arguments[:arguments.index("--")], arguments[arguments.index("--") + 1:]
    console = Console(["tools/run", *command])
    for step in steps:
        verb, text = step.split(" ", 1)
        data = text.encode().decode("unicode_escape").encode("latin-1")
        if verb == "see" and not console.see(data):
            print(f"\ntypist: nothing like {text!r} has come", flush=True)
            console.machine.terminate()
            console.machine.wait()
            return 3
        if verb == "type":
            console.type(data)
        if verb == "wait":
            time.sleep(float(text))
    return console.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
