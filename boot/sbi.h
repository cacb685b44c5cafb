/* boot/sbi.h - calls into the firmware (M-mode).
 *
 * Knows which extensions there are and falls back to the legacy calls of SBI 0.1.  Not
 * here: locks (log.c serialises the console), physical addresses' types (callers').
 * Source: RISC-V Supervisor Binary Interface Specification 2.0. */
#pragma once

#include "lib/compiler.h"

enum sbi_extension {
    SBI_TIME, /* set the timer                    */
    SBI_IPI,  /* wake other harts                 */
    SBI_RFENCE,
    SBI_HSM,  /* start and stop harts             */
    SBI_SRST, /* system reset                     */
    SBI_DBCN, /* debug console                    */
    SBI_NR_EXTENSIONS
};

/* Ask the firmware what it has.  Before it, only the legacy console works. */
void sbi_init(void);
bool sbi_has(enum sbi_extension extension);

extern struct sbi_version {  /* (c) after sbi_init() */
    unsigned major, minor;   /* of the specification; 0.1: no base extension */
    uint64_t implementation; /* 1: OpenSBI, 4: RustSBI */
    uint64_t implementation_version;
} sbi_version;

void sbi_console_putchar(char c); /* rCore: console_putchar */

/* This hart's timer interrupt is pending from `ticks` on; UINT64_MAX: never. */
void sbi_set_timer(uint64_t ticks);

/* All return 0 or an SBI error (negative); SBI_ERR_NOT_SUPPORTED if it lacks the call. */
#define SBI_ERR_NOT_SUPPORTED (-2)

/* Start a stopped hart at a physical address, with a0 = its id, a1 = argument. */
MUST_CHECK long sbi_hart_start(uint64_t hart_id, uint64_t start_physical,
                               uint64_t argument);

/* Make a software interrupt pending on one hart. */
MUST_CHECK long sbi_send_ipi(uint64_t hart_id);

/* Harts are named by a mask whose bit 0 is hart `mask_base`. */
MUST_CHECK long sbi_remote_fence_i(uint64_t mask, uint64_t mask_base);
MUST_CHECK long sbi_remote_sfence_vma(uint64_t mask, uint64_t mask_base, uint64_t start,
                                      uint64_t nr_bytes);

/* Power off by SRST, else by the legacy call.  Returns only if neither works. */
void sbi_shutdown(void);
