/* kernel/panic.c - see panic.h.
 *
 * Runs with any lock held, by anybody, and with memory in any state: it takes no lock,
 * allocates nothing, and a panic inside it ends the machine at once. */
#include "kernel/panic.h"

#include "kernel/backtrace.h"
#include "kernel/log.h"
#include "kernel/power.h"
#include "kernel/smp.h"
#include "mm/addr.h"
#include "mm/port.h"
#include <stdatomic.h>

struct hart *_Atomic panicking_hart;

/* What was broken stops its own report.  Say so, if at least that works. */
static NORETURN void panic_again(void) {
    static bool is_told;
    if (!is_told) {
        is_told = true;
        console_printf("\n[kernel] PANIC within the panic: the report ends here\n");
    }
    power_off(PANIC_EXIT_STATUS);
}

/* Only the first hart goes on from here, and only once. */
static void panic_enter(void) {
    struct hart *nobody = NULL, *self = hart_current();
    if (atomic_compare_exchange_strong(&panicking_hart, &nobody, self))
        return;
    if (nobody == self)
        panic_again();
    for (;;)
        __asm__ volatile("wfi");
}

const char *cause_text(uint64_t scause) {
    static const char *const texts[] = {
        "instruction address misaligned",
        "instruction access fault",
        "illegal instruction",
        "breakpoint",
        "load address misaligned",
        "load access fault",
        "store address misaligned",
        "store access fault",
        [12] = "instruction page fault",
        [13] = "load page fault",
        [15] = "store page fault",
    };
    bool is_known = scause < ARRAY_SIZE(texts) && texts[scause] != NULL;
    return is_known ? texts[scause] : "unexpected cause";
}

/* The registers in the order of their names in the psABI. */
static void print_registers(const struct panic_registers *r) {
    static const char *const names[] = {
        "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
        "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
        "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    };
    for (unsigned i = 1; i < ARRAY_SIZE(names); i++)
        console_printf("  %4s %016lx%s", names[i], r->x[i], i % 4 == 0 ? "\n" : "");
    console_printf("\n  sepc %016lx scause %lx stval %lx sstatus %lx\n", r->sepc,
                   r->scause, r->stval, r->sstatus);
}

/* What is the same whatever the reason: who called whom, up to `pc`; and the end. */
static NORETURN void report(const struct panic_registers *r, uintptr_t pc) {
    struct hart *self = hart_current();
    print_registers(r);
    console_printf("  hart %lu (index %u), thread %p\n  backtrace:\n", self->id,
                   self->index, (void *)self->thread);
    backtrace_print(pc, r->x[1], r->x[8]);
    console_printf("  last log lines:\n");
    log_print_last_lines();
    power_finish(PANIC_EXIT_STATUS);
}

/* Where panic_at() goes on, in trap.S, when it has kept the registers of its caller. */
NORETURN void panic_here(const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

void panic_here(const char *file, int line, const char *fmt, ...) {
    const struct panic_registers *r =
        (const struct panic_registers *)hart_current()->emergency_stack_top - 1;
    va_list args;
    panic_enter();
    console_printf("\n[kernel] PANIC at %s:%d: ", file, line);
    va_start(args, fmt);
    console_printf_v(fmt, args);
    va_end(args);
    console_printf("\n");
    report(r, r->x[1]);
}

/* Not mapped, with a stack above it: whoever touches it ran out of stack. */
static bool is_stack_guard(uintptr_t address) {
    return !stack_contains(address) && stack_contains(address + STACK_GUARD_BYTES);
}

void panic_trap(const struct panic_registers *r) {
    panic_enter();
    console_printf("\n[kernel] PANIC: trap in the kernel: %s, bad address %#lx%s\n",
                   cause_text(r->scause), r->stval,
                   is_stack_guard(r->stval) ? ": kernel stack overflow" : "");
    report(r, r->sepc);
}
