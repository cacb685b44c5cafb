/* user/lib/clock.h - the time, and waiting for it. */
#pragma once

#include "user/lib/syscall.h"

/* In ns since power-on. */
static inline uint64_t clock_now_ns(void) {
    uint64_t now_ns;
    (void)!clock_read(&now_ns); /* which is always OK */
    return now_ns;
}

static inline void clock_pause(uint64_t ns) {
    (void)!thread_sleep(clock_now_ns() + ns);
}
