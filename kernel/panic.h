/* kernel/panic.h - the end: what went wrong, where, on whom, and what led to it.
 *
 * Only for our bugs.  Nothing that a user program does may lead here. */
#pragma once

#include "lib/compiler.h"

#define PANIC_EXIT_STATUS 101

struct hart;
extern struct hart
    *_Atomic panicking_hart; /* (a) the first one, which alone speaks; or NULL */

/* What trap.S keeps of the moment of a panic, at the top of the emergency stack; the last
 * four are of this trap, or of the last one. */
struct panic_registers {
    uint64_t x[32]; /* x[0] is unused */
    uint64_t sepc;
    uint64_t scause;
    uint64_t stval;
    uint64_t sstatus;
};

/* In trap.S.  port_panic() is another name of it. */
NORETURN void panic_at(const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* A trap in S-mode.  trap.S calls this with the registers of that moment. */
NORETURN void panic_trap(const struct panic_registers *registers);

/* Of an exception: Privileged 1.12, table 4.2. */
const char *cause_text(uint64_t scause);

#define PANIC(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)

/* The message is the invariant, the condition is printed with it. */
#define ASSERT(condition, invariant)                                                     \
    do {                                                                                 \
        if (UNLIKELY(!(condition)))                                                      \
            PANIC("broken invariant: %s (%s)", invariant, #condition);                   \
    } while (0)

/* The same for a comparison, whose two values it prints. */
#define ASSERT_EQUAL(a, b, invariant)                                                    \
    do {                                                                                 \
        int64_t assert_a_ = (int64_t)(a);                                                \
        int64_t assert_b_ = (int64_t)(b);                                                \
        if (UNLIKELY(assert_a_ != assert_b_))                                            \
            PANIC("broken invariant: %s (%s is %ld = %#lx, %s is %ld = %#lx)",           \
                  invariant, #a, (long)assert_a_, (long)assert_a_, #b, (long)assert_b_,  \
                  (long)assert_b_);                                                      \
    } while (0)
