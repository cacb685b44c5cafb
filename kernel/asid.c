/* kernel/asid.c - see asid.h.   Source: RISC-V Privileged 1.12, section 4.2.1. */
#include "kernel/asid.h"
#include "kernel/csr.h"
#include "kernel/log.h"
#include "kernel/object.h"
#include "kernel/process.h"
#include "lib/bits.h"
#include "mm/sv39.h"

LOG_MODULE("asid");

#define SATP_MODE       (1ul << 63) /* of which Sv39 has this bit alone */
#define SATP_ASID_SHIFT 44

static uint64_t highest; /* (c) after asid_init(): all bits that there are */

static uint16_t asid_in(uint64_t satp) {
    return (uint16_t)(satp >> SATP_ASID_SHIFT);
}

/* As wide as the bits that stay. */
void asid_init(bool wanted) {
    uint64_t satp = csr_read(satp);
    csr_write(satp, satp | (uint64_t)UINT16_MAX << SATP_ASID_SHIFT);
    highest = wanted ? asid_in(csr_read(satp)) : 0;
    csr_write(satp, satp);
    for (uint32_t i = 0; i < HARTS_MAX; i++)
        harts[i].space_place = offsetof(struct process, spaces[i]);
    log_debug("address space identifiers of %u bits", bits_width(highest));
}

/* A1. */
static FRAMELESS void fence_later(struct process *process) {
    for (uint32_t i = 0; i < nr_harts; i++)
        process->spaces[i] = process->satp & ~SATP_MODE;
}

void asid_give(struct process *process) {
    uint64_t asid = object_slot(process->object) + 1;
    process->satp = sv39_satp(process->root, asid <= highest ? (uint16_t)asid : 0);
    fence_later(process);
}

FRAMELESS void asid_flush(struct process *process) {
    fence_later(process);
    if (csr_read(satp) == process->satp)
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid_in(process->satp)) : "memory");
}
