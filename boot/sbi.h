/* boot/sbi.h - calls into the firmware (M-mode).
 *
 * Falls back to the legacy calls of SBI 0.1 where a newer one is refused.  Not here:
 * locks (log.c serialises the console), physical addresses' types (callers').
 * Source: RISC-V Supervisor Binary Interface Specification 2.0, chapters 4 to 12. */
#pragma once

#include "lib/compiler.h"

enum sbi_extension {
    SBI_BASE = 0x10,
    SBI_TIME = 0x54494d45,   /* set the timer        */
    SBI_IPI = 0x735049,      /* wake other harts     */
    SBI_RFENCE = 0x52464e43, /* fences on others     */
    SBI_HSM = 0x48534d,      /* start and stop harts */
    SBI_SRST = 0x53525354,   /* system reset         */
    SBI_DBCN = 0x4442434e,   /* debug console        */
};

bool sbi_has(enum sbi_extension extension);

/* What the base extension tells; 0 of a firmware that has none, which is one of SBI 0.1.
 * The version has its minor number in the low 24 bits; implementation 1 is OpenSBI, 4 is
 * RustSBI. */
enum sbi_question { SBI_SPEC_VERSION, SBI_IMPL_ID, SBI_IMPL_VERSION, SBI_PROBE };
uint64_t sbi_ask(enum sbi_question question, uint64_t argument);

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
