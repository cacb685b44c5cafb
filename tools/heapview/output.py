"""tools/heapview/output.py - write a file whole or not at all.

The text goes into a file beside the one asked for and then takes its name, so that a
full disk or a second thought leaves what was there before.
"""
import os
import tempfile


class OutputError(Exception):
    """The file cannot be written; the message says why."""


def write_file(path, text, inputs=()):
    """Raises OutputError; then `path` is as it was."""
    for name in inputs:
        if os.path.exists(path) and os.path.exists(name) and os.path.samefile(path, name):
            raise OutputError(f"{path}: is the trace itself; give the output another name")
    if os.path.isdir(path):
        raise OutputError(f"{path}: is a folder")
    temporary = None
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a pipe or a device, as it is
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            return
        path = os.path.realpath(path)
        handle, temporary = tempfile.mkstemp(prefix=".heapview-", dir=os.path.dirname(path))
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise OutputError(f"{path}: {error.strerror}") from None
