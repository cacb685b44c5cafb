/* kernel/space.c - see space.h. */
#include "kernel/space.h"
#include "boot/sbi.h"
#include "kernel/asid.h"
#include "kernel/csr.h"
#include "kernel/kspace.h"
#include "kernel/panic.h"
#include "kernel/process.h"
#include "kernel/smp.h"
#include "kernel/thread.h"
#include "mm/sv39.h"

#define TABLES_AT_ONCE 4 /* two on each side of a border */

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
