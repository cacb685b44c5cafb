"""tools/gdb_kernel.py - gdb commands that look at processes: threads, handles, pagetable.

Read by tools/gdbinit, inside gdb.  Every layout comes from the kernel's debug information,
but for that of page tables (RISC-V Privileged 1.12, section 4.4), which are read as physical
memory: so `pagetable` works in user mode too.  The kernel is only read.
"""
import gdb
from gdb_heap import TOO_EARLY, address_of, evaluate, number, size

BITS = "VRWXUGAD"
LEVELS = 3


class Command(gdb.Command):
    """Errors that say what to do."""

    def __init__(self, name):
        self.name = name
        super().__init__(name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        try:
            self.run(argument.strip())
        except gdb.MemoryError:
            raise gdb.GdbError(TOO_EARLY) from None


def name_of_enumerator(value):
    """THREAD_READY is "ready"."""
    for field in value.type.strip_typedefs().fields():
        if field.enumval == int(value):
            return field.name.split("_", 1)[1].lower().replace("_", " ")
    return str(int(value))


def listed(head, type_name, member):
    """The structs on a circular list of lib/list.h."""
    struct = gdb.lookup_type(type_name)
    offset = next(f.bitpos // 8 for f in struct.fields() if f.name == member)
    node = head["next"]
    while number(node) != number(head.address):
        yield gdb.Value(number(node) - offset).cast(struct.pointer())
        node = node["next"]


def processes():
    """Every process that is there, by the table of objects, the oldest first."""
    slots, kind = evaluate("object_slots"), number(evaluate("OBJECT_PROCESS"))
    struct = gdb.lookup_type("struct process").pointer()
    found = []
    for at in range(number(evaluate("'kernel/object.c'::nr_touched"))):
        if number(slots[at]["type"]) == kind:
            found.append(slots[at]["body"].cast(struct))
    if not found:
        raise gdb.GdbError("there is no process yet: `break sched_next`, then `continue`")
    return sorted(found, key=lambda process: number(process["id"]))


def heading(process):
    state = name_of_enumerator(process["state"])
    print(f"process {number(process['id'])} {process['name'].string()}, {state}")


class Threads(Command):
    """threads: every thread of every process: where it is, and what it waits for."""

    def run(self, argument):
        if argument:
            raise gdb.GdbError("threads takes no argument")
        running = {}
        for at in range(number(evaluate("nr_harts"))):
            running[number(evaluate(f"harts[{at}].thread"))] = at
        for process in processes():
            heading(process)
            for thread in listed(process["threads"], "struct thread", "process_link"):
                at = number(thread)
                state = thread["state"].cast(gdb.lookup_type("enum thread_state"))
                state = f"{name_of_enumerator(state)}, pc {number(thread['x'][0]):#x}"
                if at in running:
                    state = f"running on hart {running[at]}"
                print(f"  thread {at:#x}  priority {number(thread['priority']):2}  {state}")


class Handles(Command):
    """handles [PID]: what each process may name, or that of number PID."""

    def run(self, argument):
        if argument and not argument.isdecimal():
            raise gdb.GdbError("handles [PID]: a process's number, as `threads` tells it")
        chosen = [p for p in processes() if not argument or number(p["id"]) == int(argument)]
        if not chosen:
            raise gdb.GdbError(f"no process has number {argument}; `threads` lists them")
        for process in chosen:
            heading(process)
            table = process["handles"]
            for at in range(number(table["nr_entries"])):
                if number(table["entries"][at]["object"]):
                    self.show(table["entries"][at])

    def show(self, entry):
        target = entry["object"]
        kind = name_of_enumerator(target["type"])
        if number(entry["epoch"]) != number(target["epoch"]):
            kind = "nothing any more"
        print(f"  {number(entry['handle']):#x}  {kind:16}  rights {number(entry['rights']):#x}  "
              f"badge {number(entry['badge']):#x}")


class PageTable(Command):
    """pagetable ADDR: the way from satp to the page that an address is in."""

    def run(self, argument):
        if not argument:
            raise gdb.GdbError("pagetable ADDR: an address, or an expression")
        address = address_of(argument)
        satp = number(evaluate("$satp"))
        if satp >> 60 == 0:
            raise gdb.GdbError("there is no page table yet: `break kernel_main`, then `continue`")
        if address >> 38 not in (0, (1 << 26) - 1):
            raise gdb.GdbError(f"{address:#x} is no address of Sv39: its upper 25 bits are not "
                               "all the same as bit 38")
        gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
        try:
            self.walk(address, (satp & (1 << 44) - 1) << 12)
        finally:
            gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)

    def walk(self, address, table):
        for level in reversed(range(LEVELS)):
            index = address >> 12 + 9 * level & 511
            memory = gdb.selected_inferior().read_memory(table + 8 * index, 8)
            entry = int.from_bytes(bytes(memory), "little")
            target = (entry >> 10 & (1 << 44) - 1) << 12
            flags = "".join(bit for at, bit in enumerate(BITS) if entry >> at & 1)
            start = f"level {level}  table {table:#x}  entry {index:3}  {entry:#018x}  "
            if not entry & 1:
                print(f"{start}not valid: nothing is mapped here")
                return
            if entry & 0xe:
                inside = address & (1 << 12 + 9 * level) - 1
                print(f"{start}{flags}: a page of {size(1 << 12 + 9 * level)} at {target:#x}")
                print(f"{address:#x} is {target + inside:#x}")
                return
            print(f"{start}{flags}: the next table is at {target:#x}")
            table = target


Threads("threads")
Handles("handles")
PageTable("pagetable")
