/* kernel/space.c - see space.h.   Source: RISC-V Privileged 1.12, section 4.2.1. */
#include "kernel/space.h"
#include "boot/sbi.h"
#include "kernel/csr.h"
#include "kernel/kspace.h"
#include "kernel/log.h"
#include "kernel/object.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/smp.h"
#include "kernel/thread.h"
#include "lib/bits.h"
#include "mm/sv39.h"

LOG_MODULE("asid");

#define TABLES_AT_ONCE  4           /* two on each side of a border */
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

/* Its page table has changed: this hart forgets what it knew, the others before they come
 * to it again.  Not here: those that are there now. */
static FRAMELESS void asid_flush(struct process *process) {
    fence_later(process);
    if (csr_read(satp) == process->satp)
        __asm__ volatile("sfence.vma zero, %0" ::"r"(asid_in(process->satp)) : "memory");
}

/* ---- on all harts ---- */

static bool hart_runs(const struct hart *hart, const struct process *process) {
    return hart->thread != NULL && hart->thread->process == process;
}

bool space_is_used(const struct process *process) {
    for (const struct hart *hart = harts; hart < harts + nr_harts; hart++)
        if (hart_runs(hart, process))
            return true;
    return false;
}

void space_use_kernels(void) {
    csr_write(satp, sv39_satp(kspace_root(), 0));
    /* Entries of a process that has ASID 0, too, would be taken for the kernel's. */
    __asm__ volatile("sfence.vma zero, %0" ::"r"(0ul) : "memory");
}

void space_leave(const struct process *process) {
    if (csr_read(satp) == process->satp)
        space_use_kernels();
}

static NOINLINE void fence_others(const struct process *process, bool has_code) {
    for (const struct hart *hart = harts; hart < harts + nr_harts; hart++) {
        if (hart == hart_current() || !hart_runs(hart, process))
            continue; /* it fences before it runs one of its threads: fence_space */
        long error = sbi_remote_sfence_vma(1, hart->id, 0, UINT64_MAX);
        if (has_code && error == 0)
            error = sbi_remote_fence_i(1, hart->id);
        ASSERT_EQUAL(error, 0, "a hart that runs threads can be fenced");
    }
}

void space_flush(struct process *process, bool has_code) {
    __asm__ volatile("fence.i" ::: "memory");
    if (UNLIKELY(space_is_used(process)))
        fence_others(process, has_code);
    asid_flush(process);
}

status_t space_map(struct process *process, uint64_t va, paddr_t frame, size_t nr_bytes,
                   uint32_t flags) {
    status_t st = process_charge(process, TABLES_AT_ONCE, 0);
    if (st != OK)
        return st;
    size_t nr_before = sv39_nr_tables;
    st = sv39_map(process->root, va, frame, nr_bytes, flags << 1 | SV39_U, SV39_2M);
    process_uncharge(process, TABLES_AT_ONCE - (sv39_nr_tables - nr_before), 0);
    space_flush(process, (flags & MAP_EXECUTE) != 0); /* also that nothing was there */
    return st;
}

status_t space_unmap(struct process *process, uint64_t va, size_t nr_bytes) {
    size_t nr_before = sv39_nr_tables;
    status_t st = sv39_unmap(process->root, va, nr_bytes);
    process_uncharge(process, nr_before - sv39_nr_tables, 0);
    space_flush(process, false);
    return st;
}
