/* kernel/smp.c - see smp.h.
 *
 * Not here: the first instructions of a hart (boot/entry.S), its page table (kspace.c).
 * Invariant S1: harts[i].call is set by the one caller of smp_call() and cleared by hart
 * i, so a hart that shows NULL has finished. */
#include "kernel/smp.h"

#include "boot/fdt.h"
#include "boot/sbi.h"
#include "kernel/csr.h"
#include "kernel/kspace.h"
#include "kernel/log.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "lib/spinlock.h"

LOG_MODULE("smp");

#define START_TIMEOUT_NS (NS_PER_SECOND * 2)

_Static_assert(STACK_GUARD_BYTES + STACK_BYTES == 0x5000, "boot_stack_top in linker.ld");
_Static_assert(HARTS_MAX >= BOOT_HARTS_MAX, "every hart of the device tree has a place");

struct hart harts[HARTS_MAX];
uint32_t nr_harts;

struct tas_lock the_kernel_lock; /* not static: trap.S takes it itself for native calls */
static uint8_t stacks[HARTS_MAX][STACK_SLOT_BYTES] IN_SECTION(".bss.stack")
    __attribute__((aligned(4096)));

extern char secondary_start[]; /* entry.S, which goes to ... */
NORETURN void smp_secondary_main(void);

/* A wfi with an interrupt pending does not wait; but where QEMU runs the harts in turns
 * (-icount) it ends this one's turn, which is better spent by the one that is waited
 * for. */
void smp_relax(void) {
    csr_set(sip, SIE_SOFTWARE);
    __asm__ volatile("wfi" ::: "memory");
}

void kernel_lock(void) {
    while (!tas_try(&the_kernel_lock))
        smp_relax();
}

void kernel_unlock(void) {
    tas_release(&the_kernel_lock);
}

uintptr_t stack_slot(uint32_t index) {
    return (uintptr_t)stacks[index];
}

static void hart_init(uint32_t index, const struct boot_hart *found) {
    struct hart *hart = &harts[index];
    hart->stack_top = stack_slot(index) + STACK_GUARD_BYTES + STACK_BYTES;
    hart->emergency_stack_top = stack_slot(index) + STACK_SLOT_BYTES;
    hart->id = found->id;
    hart->plic_context = found->plic_context;
    hart->index = index;
    for (int priority = 0; priority < PRIORITIES; priority++)
        list_init(&hart->ready[priority]);
    list_init(&hart->stoppers);
    hart->timer_ticks = TIMER_NEVER;
}

void smp_init_boot_hart(uint64_t id) {
    hart_init(0, &(struct boot_hart){.id = id, .plic_context = BOOT_NO_CONTEXT});
    harts[0].is_online = true;
    nr_harts = 1;
}

void smp_init(const struct boot_info *bi) {
    for (size_t i = 0; i < bi->nr_harts; i++) {
        uint32_t index = bi->harts[i].id == harts[0].id ? 0 : nr_harts;
        if (index == HARTS_MAX)
            break; /* a tree without the one that boots */
        hart_init(index, &bi->harts[i]);
        nr_harts += index != 0;
    }
    if (bi->nr_harts_found > BOOT_HARTS_MAX)
        log_warn("%zu harts are more than %d: the others stay off", bi->nr_harts_found,
                 BOOT_HARTS_MAX);
}

void smp_nudge(const struct hart *hart) {
    (void)!sbi_send_ipi(hart->id); /* without IPIs it polls */
}

void smp_start_others(void) {
    uint32_t nr_online = 1;
    for (uint32_t i = 1; i < nr_harts; i++) {
        struct hart *hart = &harts[i];
        uint64_t give_up_ns = timer_now_ns() + START_TIMEOUT_NS;
        __asm__ volatile("fence rw, rw" ::: "memory"); /* it must see what was prepared */
        long error = sbi_hart_start(hart->id, kernel_virt_to_phys(secondary_start).raw,
                                    kernel_virt_to_phys(hart).raw);
        while (error == 0 && !hart->is_online && timer_now_ns() < give_up_ns)
            smp_relax();
        if (error != 0)
            log_warn("hart %lu does not start: SBI error %ld", hart->id, error);
        else if (!hart->is_online)
            log_warn("hart %lu started but does not answer", hart->id);
        nr_online += hart->is_online;
    }
    log_info("%u of %u harts online", nr_online, nr_harts);
}

/* What a hart does until it runs threads: wait for a call.  Interrupts stay off.  A nudge
 * since the last wait counts, and without any it polls. */
void smp_secondary_main(void) {
    struct hart *self = hart_current();
    trap_init();
    self->is_online = true;
    for (;;) {
        while (self->call == NULL) {
            if (!sbi_has(SBI_IPI))
                continue;
            __asm__ volatile("wfi" ::: "memory");
            csr_clear(sip, SIE_SOFTWARE);
        }
        self->call(self->call_argument);
        self->call = NULL;
    }
}

void smp_call(smp_call_fn *function, void *argument) {
    for (struct hart *hart = harts; hart < harts + nr_harts; hart++) {
        if (hart == hart_current() || !hart->is_online)
            continue;
        hart->call_argument = argument;
        hart->call = function;
        smp_nudge(hart);
    }
}
