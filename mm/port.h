/* mm/port.h - what mm needs of its host; the kernel, user programs and the tests each
 * implement it. */
#pragma once

#include "lib/compiler.h"

/* A broken invariant or a caller's bug (double free, ...): say so and do not return.
 * May be called with mm's locks held: it must not allocate. */
NORETURN void port_panic(const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#define MM_PANIC(...) port_panic(__FILE__, __LINE__, __VA_ARGS__)

/* The message is the invariant: MM_ASSERT(nr > 0, "a slab on the list has a free
 * object") */
#define MM_ASSERT(condition, invariant)                                                  \
    do {                                                                                 \
        if (UNLIKELY(!(condition)))                                                      \
            MM_PANIC("broken invariant: %s (%s)", invariant, #condition);                \
    } while (0)
