/* kernel/csr.h - control and status registers, and the bits of them that C code names.
 *
 * Source: RISC-V Privileged 1.12, section 4.1. */
#pragma once

#include "lib/compiler.h"

#define csr_read(csr)                                                                    \
    ({                                                                                   \
        uint64_t csr_value_;                                                             \
        __asm__ volatile("csrr %0, " #csr : "=r"(csr_value_)::"memory");                 \
        csr_value_;                                                                      \
    })
#define csr_write(csr, value)                                                            \
    __asm__ volatile("csrw " #csr ", %0" ::"r"((uint64_t)(value)) : "memory")
#define csr_set(csr, bits)                                                               \
    __asm__ volatile("csrs " #csr ", %0" ::"r"((uint64_t)(bits)) : "memory")
#define csr_clear(csr, bits)                                                             \
    __asm__ volatile("csrc " #csr ", %0" ::"r"((uint64_t)(bits)) : "memory")

#define SSTATUS_SIE  (1ul << 1)  /* interrupts while in S-mode: always off here         */
#define SSTATUS_SPP  (1ul << 8)  /* where sret goes: 0 is U-mode                        */
#define SSTATUS_VS   (3ul << 9)  /* vectors: off, so that no program sees another's     */
#define SSTATUS_FS   (3ul << 13) /* floating point: 0 is off, its instructions illegal  */
#define SSTATUS_SUM  (1ul << 18) /* S-mode may touch user pages: never                  */
#define SIE_SOFTWARE (1ul << 1)
#define SIE_TIMER    (1ul << 5)
#define SIE_EXTERNAL (1ul << 9)
