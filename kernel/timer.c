/* kernel/timer.c - see timer.h.   Source: RISC-V Sstc 1.0; SBI 2.0, chapter 6. */
#include "kernel/timer.h"

#include "boot/fdt.h"
#include "boot/sbi.h"
#include "kernel/csr.h"

/* (c) after timer_init() */
static uint64_t ticks_per_second = 1; /* never 0: it divides */
static bool has_sstc;

/* The device tree says what the hart has, not what the firmware lets us use of it
 * (menvcfg.STCE).  So read stimecmp once, with a trap leading behind the attempt. */
static bool stimecmp_works(void) {
    uint64_t works = 0, handler;
    __asm__ volatile("la    %1, 1f\n"
                     "csrrw %1, stvec, %1\n"
                     "csrr  zero, 0x14d\n"
                     "li    %0, 1\n"
                     ".balign 4\n" /* stvec's low bits are its mode */
                     "1: csrw stvec, %1"
                     : "+&r"(works), "=&r"(handler)::"memory");
    csr_clear(sstatus, SSTATUS_SPP); /* the trap set it: sret would stay in S-mode */
    return works;
}

void timer_init(const struct boot_info *bi) {
    ticks_per_second = bi->ticks_per_second;
    has_sstc = stimecmp_works();
    for (size_t i = 0; i < bi->nr_harts; i++)
        has_sstc = has_sstc && bi->harts[i].has_sstc;
    timer_set_ticks(TIMER_NEVER);
}

uint64_t timer_ns(uint64_t ticks) {
    return timer_ticks_to_ns(ticks, ticks_per_second);
}

uint64_t timer_now_ns(void) {
    return timer_ns(timer_now_ticks()) + 1; /* never 0 */
}

uint64_t timer_ticks(uint64_t ns) {
    return ns == TIMER_NEVER ? TIMER_NEVER : timer_ns_to_ticks(ns, ticks_per_second);
}

void timer_set_ticks(uint64_t ticks) {
    if (has_sstc)
        __asm__ volatile("csrw 0x14d, %0" ::"r"(ticks)); /* stimecmp */
    else
        sbi_set_timer(ticks);
}

const char *timer_name(void) {
    return has_sstc ? "Sstc" : "SBI";
}
