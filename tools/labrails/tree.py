"""labrails/tree.py - trees of files: read one, cut a lab's parts out, write one.

A tree is a dictionary {path: File} in memory: sources are small.  Nothing is written
into a folder that holds anything, except by sync(), whose folders are ours (under build/).
"""
import gzip
import io
import os
import re
import shlex
import shutil
import subprocess
import tarfile
import tempfile
import zlib

from labrails import markers
from labrails.spec import LabError, find_all

STARTER = ".lab/starter.tar.gz"  # in a student's tree: the tree as it was handed out
NOT_FOR_STUDENTS = re.compile(r"\.github/|\.ci/|\.lab/|labs/[^/]+/wrong/|labs/template/")
TODO_CALL = re.compile(r'^\s*lab_todo\("([^"]+)"\);', re.M)


class File:
    """Content and whether it can be executed."""

    def __init__(self, content, is_executable=False):
        self.content = content
        self.is_executable = is_executable

    def __eq__(self, other):
        return (self.content, self.is_executable) == (other.content, other.is_executable)


def list_files(root):
    """What git knows or would add; where there is no git, all but build/."""
    if shutil.which("git") and os.path.exists(os.path.join(root, ".git")):
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z", "-co",
                                 "--exclude-standard"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, check=False)
        if listed.returncode == 0:
            return [name for name in os.fsdecode(listed.stdout).split("\0") if name]
    names = []
    for folder, folders, files in os.walk(root):
        folders[:] = [f for f in folders if f not in ("build", "__pycache__", ".git")]
        names += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    return names


def read_file(path):
    with open(path, "rb") as file:
        return File(file.read(), os.access(path, os.X_OK))


def read(root):
    return {name: read_file(os.path.join(root, name)) for name in sorted(list_files(root))
            if os.path.isfile(os.path.join(root, name))}


def cut(tree, lab, substitute=markers.Part.starter):
    """The tree that a student gets; `substitute` tells what takes a part's place."""
    parts = markers.parts_of_tree(tree, lab.name)
    if not parts:
        raise LabError(f"lab {lab.name}: no source has a part of it, /* <lab {lab.name}/...> */")
    for part in parts:
        if part.path not in lab.files:
            raise LabError(f"{lab.folder}/lab.json: files: {part.path} is missing, part "
                           f"{part.name} is in it")
    result = {}
    for path, file in tree.items():
        if NOT_FOR_STUDENTS.match(path):
            continue
        if path.endswith(markers.SOURCES) and b"<lab " in file.content:
            text = markers.replace(path, file.content.decode(), lab.name, substitute)
            file = File(text.encode(), file.is_executable)
        result[path] = file
    result["lab.mk"] = File(
        (f"# lab.mk - made by `make lab LAB={lab.name}`; the Makefile reads it.\n"
         f"# The policy that boots while parts are missing; `make run POLICY={lab.policy}`\n"
         f"# tries yours, and when all is done it can stand here.\n"
         f"LAB = {lab.name}\nPOLICY = {lab.boots_with}\n").encode())
    return result


def write(tree, folder):
    for path, file in tree.items():
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as out:
            out.write(file.content)
        os.chmod(target, 0o755 if file.is_executable else 0o644)


def sync(tree, folder):
    """Make `folder` hold `tree` and build/ only; a file that is right is not touched, so
    that make builds nothing twice."""
    os.makedirs(folder, exist_ok=True)
    for name in list_unversioned(folder):
        if name not in tree:
            os.remove(os.path.join(folder, name))
    changed = {}
    for path, file in tree.items():
        target = os.path.join(folder, path)
        if not os.path.isfile(target) or read_file(target) != file:
            changed[path] = file
    write(changed, folder)


def list_unversioned(folder):
    for at, folders, files in os.walk(folder):
        if at == folder:
            folders[:] = [f for f in folders if f != "build"]
        for name in files:
            yield os.path.relpath(os.path.join(at, name), folder)


# ---- the tree as it was handed out, inside a student's tree ----

def pack(tree):
    """The same tree gives the same bytes."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for path, file in sorted(tree.items()):
            entry = tarfile.TarInfo(path)
            entry.size = len(file.content)
            entry.mode = 0o755 if file.is_executable else 0o644
            archive.addfile(entry, io.BytesIO(file.content))
    return gzip.compress(raw.getvalue(), mtime=0)


def unpack(path):
    tree = {}
    try:
        with gzip.open(path) as packed:  # to its end, where the checksum is
            unpacked = io.BytesIO(packed.read())
        with tarfile.open(fileobj=unpacked) as archive:
            for entry in archive:
                if entry.isfile() and not entry.name.startswith("/") and \
                        ".." not in entry.name.split("/"):
                    content = archive.extractfile(entry).read()
                    tree[entry.name] = File(content, bool(entry.mode & 0o100))
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise LabError(f"{path}: cannot be read ({error}); make the tree again") from None
    return tree


def is_students(root):
    return os.path.isfile(os.path.join(root, STARTER))


# ---- commands ----

def make_lab(root, lab, folder):
    """Returns what to tell the one who asked."""
    if is_students(root):
        raise LabError("this is a student's tree already; make labs in the full one")
    folder = os.path.abspath(folder or os.path.join(root, "..", f"huoban-lab-{lab.name}"))
    if os.path.lexists(folder) and not os.path.isdir(folder):
        raise LabError(f"{folder} is no folder; DIR= names another place")
    if os.path.isdir(folder) and os.listdir(folder):
        raise LabError(f"{folder} is not empty; nothing was written.  DIR= names another place")
    starter = cut(read(root), lab)
    parent = os.path.dirname(folder)
    if not os.path.isdir(parent):
        raise LabError(f"there is no folder {parent}")
    parts = sorted(markers_left(starter))
    starter_archive = File(pack(starter))
    made = tempfile.mkdtemp(prefix=".huoban-lab-", dir=parent)
    try:
        write({**starter, STARTER: starter_archive}, made)
        os.chmod(made, 0o755)
        os.rename(made, folder)  # whole, or not there at all
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return (f"{lab.title['en']} ({lab.title['zh']}): {folder}\n"
            f"left out: {', '.join(parts)}\n"
            f"read {lab.folder}/README.en.md or README.zh.md there, then:\n"
            f"  cd {shlex.quote(folder)} && make run && make grade LAB={lab.name}")


def markers_left(tree):
    """The names of the parts that are still to do."""
    return [name for path, file in tree.items() if path.endswith(markers.SOURCES)
            for name in TODO_CALL.findall(file.content.decode(errors="replace"))]


def tell_todo(root):
    if not is_students(root):
        raise LabError("this is no student's tree: nothing is left out here")
    left = [name for lab in find_all(root) for file in lab.files
            for name in TODO_CALL.findall(read_file(os.path.join(root, file)).content
                                          .decode(errors="replace"))]
    left = sorted(set(left))
    if not left:
        return "Lab: no part is left out."
    return "Lab: left out, and yours to write: " + ", ".join(left)
