/* kernel/backtrace.c - see backtrace.h.
 *
 * The symbols are made by tools/symbols from a first link of the kernel and put in by a
 * second one.  They stand after all code, so that they do not move what they name. */
#include "kernel/backtrace.h"

#include "kernel/log.h"
#include "kernel/smp.h"
#include "lib/bits.h"

#define DEPTH_MAX 24

extern const char stext[], etext[]; /* linker.ld */

struct symbol {
    uint32_t text_offset; /* from stext; sorted */
    uint32_t name_offset; /* from symbol_names  */
};

extern const uint64_t nr_symbols; /* these three: tools/symbols */
extern const struct symbol symbols[];
extern const char symbol_names[];

/* One by one: nobody asks but for a panic. */
const char *symbol_find(uintptr_t pc, size_t *offset) {
    uint64_t target = pc - (uintptr_t)stext;
    size_t nr_before = 0; /* or at pc */
    while (nr_before < nr_symbols && symbols[nr_before].text_offset <= target)
        nr_before++;
    if (nr_before == 0 || target >= (uint64_t)(etext - stext))
        return NULL;
    *offset = target - symbols[nr_before - 1].text_offset;
    return symbol_names + symbols[nr_before - 1].name_offset;
}

/* A call that does not return may be its function's last instruction: so a return
 * address gets the name of the call, one byte back, not of where it would return to. */
static void print_line(uintptr_t pc, size_t back) {
    size_t offset;
    const char *name = symbol_find(pc - back, &offset);
    if (name != NULL)
        console_printf("    %#lx %s+%#zx\n", pc, name, offset + back);
    else
        console_printf("    %#lx ?\n", pc);
}

/* Between two stacks of a hart, and below the first, is a guard. */
bool stack_contains(uintptr_t address) {
    uintptr_t offset = (address - stack_slot(0)) % STACK_SLOT_BYTES;
    uintptr_t stack_end = STACK_GUARD_BYTES + STACK_BYTES;
    return address >= stack_slot(0) && address < stack_slot(nr_harts) &&
           offset >= STACK_GUARD_BYTES &&
           (offset < stack_end || offset >= stack_end + STACK_GUARD_BYTES);
}

/* True if the 16 bytes below `frame_pointer` lie in one stack: what is read there. */
static bool is_frame(uintptr_t frame_pointer) {
    return is_aligned(frame_pointer, 8) && stack_contains(frame_pointer - 16) &&
           stack_contains(frame_pointer - 1);
}

/* RISC-V psABI, frame pointer convention: the return address is at fp - 8, the caller's
 * frame pointer at fp - 16, and frames go up. */
size_t backtrace_collect(uintptr_t frame_pointer, uintptr_t skipped_end,
                         uint64_t *callers, size_t nr_max) {
    size_t nr_callers = 0;
    for (unsigned depth = 0; depth < DEPTH_MAX && nr_callers < nr_max; depth++) {
        if (!is_frame(frame_pointer))
            break;
        const uintptr_t *frame = (const uintptr_t *)frame_pointer;
        if (frame[-1] > skipped_end && frame[-1] <= (uintptr_t)etext)
            callers[nr_callers++] = frame[-1];
        frame_pointer = frame[-2] > frame_pointer ? frame[-2] : 0;
    }
    return nr_callers;
}

/* A leaf function leaves its return address in ra.  Its frame, if it has one, then holds
 * the caller's frame pointer where the return address would be.  An ra that is not the
 * innermost frame's, but within the function itself, is left from an earlier call. */
void backtrace_print(uintptr_t pc, uintptr_t return_address, uintptr_t frame_pointer) {
    uint64_t callers[DEPTH_MAX];
    size_t unused;
    const char *caller = symbol_find(return_address - 1, &unused);
    const uintptr_t *frame =
        is_frame(frame_pointer) ? (const uintptr_t *)frame_pointer : NULL;
    print_line(pc, pc == return_address);
    if (pc != return_address && caller != NULL && caller != symbol_find(pc, &unused) &&
        (frame == NULL || frame[-1] != return_address))
        print_line(return_address, 1);
    if (frame != NULL && symbol_find(frame[-1], &unused) == NULL)
        frame_pointer = frame[-1];
    size_t nr_callers =
        backtrace_collect(frame_pointer, (uintptr_t)stext, callers, DEPTH_MAX);
    for (size_t i = 0; i < nr_callers; i++)
        print_line(callers[i], 1);
}
