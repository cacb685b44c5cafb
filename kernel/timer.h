/* kernel/timer.h - what time it is, and the next interrupt of this hart's timer.
 *
 * Nanoseconds since power-on, never 0 and never backwards.  Uses stimecmp where every
 * hart has Sstc, else the SBI.  Not here: who is to be woken when (sched.c). */
#pragma once

#include "lib/compiler.h"

struct boot_info;

#define TIMER_NEVER   UINT64_MAX
#define NS_PER_SECOND ((uint64_t)1000000000)

void timer_init(const struct boot_info *bi);

uint64_t timer_now_ns(void);

/* Ticks of the timebase, for who compares and adds often: what the clock shows; how many
 * are not less than `ns` (TIMER_NEVER stays that); and back. */
static inline uint64_t timer_now_ticks(void) {
    uint64_t ticks;
    __asm__ volatile("rdtime %0" : "=r"(ticks));
    return ticks;
}
uint64_t timer_ticks(uint64_t ns);
uint64_t timer_ns(uint64_t ticks);

/* This hart's timer interrupt is pending from then on; at once if that is in the past;
 * TIMER_NEVER takes it away.  sie.STIE is the caller's. */
void timer_set_ticks(uint64_t ticks);

const char *timer_name(void); /* "Sstc" or "SBI" */

/* Exact for any rate, and saturating: a tick is never too early. */
static inline uint64_t timer_ticks_to_ns(uint64_t ticks, uint64_t ticks_per_second) {
    uint64_t seconds = ticks / ticks_per_second;
    uint64_t rest_ns = ticks % ticks_per_second * NS_PER_SECOND / ticks_per_second;
    if (UNLIKELY(seconds > UINT64_MAX / NS_PER_SECOND - 1))
        return UINT64_MAX;
    return seconds * NS_PER_SECOND + rest_ns;
}

static inline uint64_t timer_ns_to_ticks(uint64_t ns, uint64_t ticks_per_second) {
    uint64_t seconds = ns / NS_PER_SECOND;
    uint64_t rest = ns % NS_PER_SECOND * ticks_per_second + NS_PER_SECOND - 1;
    if (UNLIKELY(seconds != 0 && ticks_per_second > (UINT64_MAX - 1) / (seconds + 1)))
        return UINT64_MAX;
    return seconds * ticks_per_second + rest / NS_PER_SECOND;
}
