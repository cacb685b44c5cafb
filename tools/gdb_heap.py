"""tools/gdb_heap.py - gdb commands that look at the kernel heap: map, block, check, ...

Read by tools/gdbinit, inside gdb.  Every layout comes from the kernel's debug information;
only what the bits of a state byte mean (mm/buddy_state.h) is told here a second time, by the
enumerators' values.  The kernel is only read: nothing is called in it.
"""
import gdb

COLUMNS, ROWS = 64, 12
FREE, USED, SLAB = "free", "in use", "slab of small objects"
SIGNS = {FREE: ".", USED: "#", SLAB: "s"}
ENUMERATORS = len("TRACE_")  # where their own names begin
TOO_EARLY = ("the kernel's memory cannot be read from here: it has no page table yet, or a "
             "program is running.  `break kernel_main` or `break kmalloc`, then `continue`")


def number(value):
    return int(value) & (1 << 64) - 1


def evaluate(text):
    try:
        return gdb.parse_and_eval(text)
    except gdb.MemoryError:
        raise
    except gdb.error as error:
        raise gdb.GdbError(f"{text}: {error}") from None


def address_of(argument):
    """The address that an expression gives; of an array or a function it is where it lies."""
    try:
        value = evaluate(argument)
        lies_there = value.type.strip_typedefs().code in (gdb.TYPE_CODE_ARRAY, gdb.TYPE_CODE_FUNC)
        return number(value.address if lies_there else value)
    except (gdb.error, ValueError):
        raise gdb.GdbError(f"{argument}: it is no address") from None


def size(nr_bytes):
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if nr_bytes >= unit and nr_bytes % unit == 0:
            return f"{nr_bytes // unit} {name}"
    return f"{nr_bytes} B"


def name_of(address):
    """The function that a return address leads back to."""
    text = gdb.execute(f"info symbol {address - 1:#x}", to_string=True)
    return text.split(" ")[0] if " in section" in text else f"{address:#x}"


class Region:
    """One region of the buddy, with a copy of its state bytes."""

    def __init__(self, value, unit_bytes):
        span = value["span"]
        self.start = number(span["start"])
        self.end = self.start + number(span["block_bytes"])
        self.unit_bytes = unit_bytes
        self.first_state = number(span["state_base"]) + self.start // unit_bytes
        nr_units = (self.end - self.start) // unit_bytes
        memory = gdb.selected_inferior().read_memory(self.first_state, nr_units)
        self.states = bytes(memory)

    def index(self, address):
        return (address - self.start) // self.unit_bytes


class Block:
    """A block as its state bytes tell it; `fault` says what about them cannot be."""

    def __init__(self, heap, region, index):
        self.region, self.index = region, index
        self.address = region.start + index * region.unit_bytes
        self.state = region.states[index]
        self.kind, self.order, self.slack, self.fault = heap.decode(region, index)
        self.bytes = 1 << self.order
        self.requested = 0 if self.kind == FREE else self.bytes - self.slack

    def text(self):
        what = f"{self.address:#x}  {size(self.bytes)} (order {self.order}), {self.kind}"
        if self.kind != USED:
            return what
        return f"{what}, asked for {self.requested} B, unused {self.slack} B"


class Heap:
    """The kernel heap, as it is at this moment."""

    def __init__(self):
        heap = evaluate("'mm/heap.c'::heap")
        self.buddy = heap["buddy"]
        if gdb.lookup_static_symbol("alloc_slow") is None:  # mm/buddy.c is not in it
            raise gdb.GdbError("this kernel was built with another POLICY than buddy, whose "
                               "books are not known here; `heap trace` works")
        if number(self.buddy["regions"]) == 0:
            raise gdb.GdbError("the heap is not there yet: `break trace_init`, then `continue`")
        self.smallest = number(self.buddy["smallest_order"])
        self.largest_k = number(self.buddy["largest_k"])
        self.grain_shift = number(self.buddy["grain_shift"])
        self.unit_bytes = 1 << self.smallest
        self.states = {name: number(evaluate(f"STATE_{name}")) for name in (
            "INSIDE", "FREE", "FREE_LARGEST", "USED", "USED_UNIT", "TAGGED")}
        self.regions = []
        region = self.buddy["regions"]
        while number(region) != 0:
            self.regions.append(Region(region.dereference(), self.unit_bytes))
            region = region["next"]

    def decode(self, region, index):
        """(kind, order, slack in bytes, what is wrong or None) of the block at a unit."""
        state, names = region.states[index], self.states
        if state < names["FREE"]:
            return FREE, self.smallest, 0, "no block begins where the one before it ends"
        if state == names["FREE_LARGEST"]:
            return FREE, self.smallest + self.largest_k, 0, None
        if state < names["USED"]:
            return FREE, self.smallest + state - names["FREE"], 0, None
        if names["USED_UNIT"] <= state < names["TAGGED"]:
            return USED, self.smallest, (state - names["USED_UNIT"]) << self.grain_shift, None
        k = state - names["TAGGED" if state >= names["TAGGED"] else "USED"]
        slack, grains_log2 = 0, self.smallest - self.grain_shift
        for digit in range((k + grains_log2 + 5) // 6):
            if index + 1 + digit < len(region.states):
                slack |= (region.states[index + 1 + digit] & 0x3f) << 6 * digit
        kind = SLAB if state >= names["TAGGED"] else USED
        return kind, self.smallest + k, slack << self.grain_shift, None

    def blocks(self):
        """In address order, until one cannot be."""
        for region in sorted(self.regions, key=lambda r: r.start):
            index = 0
            while index < len(region.states):
                block = Block(self, region, index)
                yield block
                if block.fault:
                    return
                index += block.bytes // self.unit_bytes

    def find(self, address):
        for region in self.regions:
            if region.start <= address < region.end:
                for order in range(self.smallest, self.smallest + self.largest_k + 1):
                    start = address >> order << order
                    if start < region.start:
                        break
                    index = region.index(start)
                    if region.states[index] >= self.states["FREE"]:
                        block = Block(self, region, index)
                        if block.order >= order:
                            return block
                raise gdb.GdbError(f"no block contains {address:#x}: the heap is damaged, "
                                   "`heap check` says how")
        places = ", ".join(f"[{r.start:#x}, {r.end:#x})" for r in self.regions)
        raise gdb.GdbError(f"{address:#x} is not in the heap, which is {places}")

    def free_list(self, k):
        """The addresses on the list of 2^k units; no more than there can be blocks."""
        order = self.buddy["orders"][k]
        head, node = number(order["blocks"].address), order["blocks"]["next"]
        addresses, most = [], sum(len(r.states) for r in self.regions)
        while number(node) != head and len(addresses) <= most:
            addresses.append(number(node))
            node = node["next"]
        return addresses


# ---- heap check: the invariants of mm/buddy.c ----

def check_blocks(heap):
    """What is wrong with the blocks; and the free ones, the slack and the total."""
    wrong, free, slack, total = [], {}, 0, 0
    for block in heap.blocks():
        if block.fault:
            wrong.append(f"B1: {block.fault}: {block.address:#x}")
            break
        if block.address + block.bytes > block.region.end:
            wrong.append(f"B1: a block ends inside its region: {block.text()}")
            break
        if block.address % block.bytes:
            wrong.append(f"B2: a block's address is a multiple of its size: {block.text()}")
        if block.kind == FREE:
            free[block.address] = block.order
        total, slack = total + block.bytes, slack + block.slack
    for address, order in free.items():
        buddy = address ^ 1 << order
        if free.get(buddy) == order and address < buddy and \
                order < heap.smallest + heap.largest_k:
            wrong.append(f"B4: no two free buddies are left unmerged: {address:#x} and {buddy:#x}")
    if total != number(heap.buddy["total_bytes"]) or \
            slack != number(heap.buddy["slack_grains"]) << heap.grain_shift:
        wrong.append("B6: slack and total are the sums over the blocks")
    return wrong, free


def check_lists(heap, free):
    for k in range(heap.largest_k + 1):
        order = heap.smallest + k
        try:
            listed = heap.free_list(k)
        except gdb.MemoryError:
            yield f"B3: the list of order {order} leads to where no memory is"
            continue
        for address in listed:
            if free.get(address) != order:
                yield f"B3: the list of order {order} holds {address:#x}, no free block of it"
                break
        nr_free = sum(1 for other in free.values() if other == order)
        if len(listed) != nr_free or number(heap.buddy["orders"][k]["nr_free"]) != nr_free:
            yield f"B5: nr_free counts the blocks of the list of order {order}"


# ---- the commands ----

class HeapPrefix(gdb.Command):
    """The kernel heap: heap map, heap block ADDR, heap check, heap free-lists, heap trace."""

    def __init__(self):
        super().__init__("heap", gdb.COMMAND_DATA, prefix=True)

    def invoke(self, argument, from_tty):
        raise gdb.GdbError("heap map, heap block ADDR, heap check, heap free-lists, heap trace [N]")


class HeapCommand(gdb.Command):
    """What the commands share: errors that say what to do."""

    def __init__(self, name):
        self.name = f"heap {name}"
        super().__init__(self.name, gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        try:
            self.run(argument.strip())
        except gdb.MemoryError:
            raise gdb.GdbError(TOO_EARLY) from None

    def refuse_argument(self, argument):
        if argument:
            raise gdb.GdbError(f"{self.name} takes no argument")


class HeapMap(HeapCommand):
    """heap map: a picture of every region of the kernel heap."""

    def run(self, argument):
        self.refuse_argument(argument)
        heap = Heap()
        blocks = list(heap.blocks())
        for region in heap.regions:
            self.draw(region, [b for b in blocks if b.region is region])

    def draw(self, region, blocks):
        step = region.unit_bytes  # of one sign
        while (region.end - region.start) / step > COLUMNS * ROWS:
            step *= 2
        print(f"[{region.start:#x}, {region.end:#x})  one sign is {size(step)}:  "
              ". free  # used  s slab of small objects  + partly used")
        cells = [set() for _ in range(-(-(region.end - region.start) // step))]
        for block in blocks:
            first = (block.address - region.start) // step
            last = (block.address + block.bytes - 1 - region.start) // step
            for cell in cells[first:last + 1]:
                cell.add(block.kind)
        line = "".join(SIGNS[min(c)] if len(c) == 1 else
                       "#" if c == {USED, SLAB} else "+" if c else "?" for c in cells)
        for at in range(0, len(line), COLUMNS):
            print(f"  {region.start + at * step:#x} |{line[at:at + COLUMNS]}|")


class HeapBlock(HeapCommand):
    """heap block ADDR: the block of the kernel heap that contains ADDR, and its buddy."""

    def run(self, argument):
        if not argument:
            raise gdb.GdbError("heap block ADDR: an address in the heap, or an expression")
        address = address_of(argument)
        heap = Heap()
        block = heap.find(address)
        print(f"block  {block.text()}")
        print(f"state  {block.state:#x} at {block.region.first_state + block.index:#x}")
        if block.kind == SLAB:
            self.show_object(block, address)
        buddy = block.address ^ block.bytes
        if block.region.start <= buddy < block.region.end:
            print(f"buddy  {heap.find(buddy).text()}")
        else:
            print(f"buddy  {buddy:#x} would be outside of the region")

    def show_object(self, block, address):
        slab = gdb.Value(block.address).cast(gdb.lookup_type("struct slab").pointer())
        object_bytes = number(slab["object_bytes"])
        nr_objects = number(slab["cache"]["nr_objects"])
        print(f"slab   {number(slab['nr_live'])} of {nr_objects} objects of {object_bytes} B live")
        end = block.address + block.bytes
        which = -(-(end - address) // object_bytes)
        if which > nr_objects:
            print("object none: this is the slab's own")
            return
        state = number(slab["state"][which])
        live = f"asked for {object_bytes + 1 - state} B" if state else "free"
        print(f"object {end - which * object_bytes:#x}, {live}")


class HeapCheck(HeapCommand):
    """heap check: prove the invariants of the kernel heap's buddy, B1 to B6."""

    def run(self, argument):
        self.refuse_argument(argument)
        heap = Heap()
        wrong, free = check_blocks(heap)
        wrong += list(check_lists(heap, free)) if not wrong else []
        for line in wrong:
            print(f"broken: {line}")
        if wrong:
            raise gdb.GdbError(f"{len(wrong)} of the invariants in mm/buddy.c do not hold (a heap "
                               "that is just being changed looks like that too)")
        blocks = list(heap.blocks())
        nr_regions = len(heap.regions)
        print(f"every invariant holds: {len(blocks)} blocks, {len(free)} of them free, "
              f"in {nr_regions} region{'s' * (nr_regions > 1)}")


class HeapFreeLists(HeapCommand):
    """heap free-lists: the free blocks of the kernel heap by order, the next to go first."""

    def run(self, argument):
        self.refuse_argument(argument)
        heap = Heap()
        for k in range(heap.largest_k + 1):
            listed = heap.free_list(k)
            if listed:
                more = " ..." if len(listed) > 4 else ""
                print(f"order {heap.smallest + k:2}  {size(1 << heap.smallest + k):>8}  "
                      f"{len(listed):4} free: "
                      + " ".join(f"{address:#x}" for address in listed[:4]) + more)


class HeapTrace(HeapCommand):
    """heap trace [N]: the last N records of the trace (10), the newest at the end."""

    def run(self, argument):
        if not (argument or "10").isdecimal() or not 1 <= int(argument or 10) <= 10000:
            raise gdb.GdbError("heap trace [N]: a number from 1 to 10000")
        ring = evaluate("'kernel/trace.c'::ring")
        if number(ring) == 0:
            raise gdb.GdbError("there is no trace: boot with trace=heap or trace=messages, and let it begin")
        nr_events, nr_records = number(ring["nr_events"]), number(ring["nr_records"])
        names = {field.enumval: field.name[ENUMERATORS:].lower().replace("_", "-")
                 for field in gdb.lookup_type("enum trace_event").fields()}
        spaces = {field.enumval: field.name[ENUMERATORS:].lower()
                  for field in gdb.lookup_type("enum trace_space").fields()}
        for at in range(max(0, nr_events - min(int(argument or 10), nr_records)), nr_events):
            r = ring["records"][at % nr_records]
            if names[number(r["event"])] == "note":
                print(f"{at:6} note      thread {number(r['address'])}: {r['note'].string()}, "
                      f"process {number(r['process'])}")
                continue
            callers = [number(r["callers"][i]) for i in range(3) if number(r["callers"][i])]
            print(f"{at:6} {names[number(r['event'])]:9} {spaces[number(r['space'])]} "
                  f"{number(r['address']):#x} {size(number(r['bytes']))}, "
                  f"{number(r['requested_bytes'])} B, process {number(r['process'])}, "
                  f"{' < '.join(map(name_of, callers)) or '-'}")


HeapPrefix()
HeapMap("map")
HeapBlock("block")
HeapCheck("check")
HeapFreeLists("free-lists")
HeapTrace("trace")
