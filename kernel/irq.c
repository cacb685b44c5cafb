/* kernel/irq.c - see irq.h.
 *
 * All sources are enabled for all harts; one is turned on and off by its priority, 1 or
 * 0.  Whichever hart looks first claims it, the others find nothing.  It is completed at
 * once, being off by then; so nothing stays claimed, and it does not matter which hart
 * the driver runs on.  What the device wants meanwhile stays pending.
 *
 * Invariant I1: a source is on only if it has an object.
 * Invariant I2: a binding is worth something while the notification's epoch is the one
 *               that was noted: object slots stay slots, so no reference is needed. */
#include "kernel/irq.h"

#include "boot/fdt.h"
#include "boot/layout.h"
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/smp.h"
#include "kernel/syscall.h"
#include "mm/addr.h"

LOG_MODULE("irq");

#define SOURCES_MAX 1024 /* the PLIC's own limit; there is no source 0 */

/* Offsets of registers of 4 bytes: chapters 3 to 8. */
#define PRIORITY(source)        ((source)*4)
#define ENABLE(context, source) (0x2000 + (context)*0x80 + (source) / 32 * 4)
#define THRESHOLD(context)      (0x200000 + (context)*0x1000)
#define CLAIM(context)          (THRESHOLD(context) + 4)
#define CONTEXT_END(context)    (CLAIM(context) + 4)

/* (k) kernel lock */
struct irq {
    bool has_object;             /* (k)                                         */
    struct process *payer;       /* (k) of its object                            */
    uint32_t epoch;              /* (k) of the notification when it was bound    */
    struct object *notification; /* (k) NULL: never bound; may have ended, see I2 */
    uint64_t bits;               /* (k) that it signals                          */
    uint64_t nr_interrupts;      /* (k) so far                                   */
};

/* (c) constant after irq_init() */
static struct irq irqs[SOURCES_MAX]; /* by source */
static uint64_t nr_sources;          /* (c) the highest number and one; 0: no PLIC */
static uint8_t *plic;                /* (c) its registers */
static uint64_t contexts[HARTS_MAX]; /* (c) of each hart, or BOOT_NO_CONTEXT */

static volatile uint32_t *plic_register(uint64_t offset) {
    return (volatile uint32_t *)(plic + offset);
}

static void set_priority(const struct irq *irq, uint32_t priority) {
    *plic_register(PRIORITY((uint64_t)(irq - irqs))) = priority;
}

/* ---- at boot ---- */

static uint64_t find_context(const struct boot_info *bi, uint64_t hart_id) {
    uint64_t plic_bytes = bi->plic.registers.end - bi->plic.registers.start;
    for (size_t i = 0; i < bi->nr_harts; i++) {
        uint64_t context = bi->harts[i].plic_context;
        if (bi->harts[i].id == hart_id && CONTEXT_END(context) <= plic_bytes)
            return context;
    }
    return BOOT_NO_CONTEXT;
}

static void enable_all(uint64_t context) {
    for (uint64_t source = 0; source < nr_sources; source += 32)
        *plic_register(ENABLE(context, source)) = UINT32_MAX;
    *plic_register(THRESHOLD(context)) = 0;
}

void irq_init(const struct boot_info *bi) {
    if (bi->plic.registers.end > DIRECT_MAP_BYTES ||
        find_context(bi, harts[0].id) == BOOT_NO_CONTEXT) {
        log_warn("no interrupt controller that can be used");
        return;
    }
    plic = phys_to_virt(paddr(bi->plic.registers.start));
    nr_sources = bi->plic_sources < SOURCES_MAX ? bi->plic_sources + 1 : SOURCES_MAX;
    for (uint64_t source = 1; source < nr_sources; source++)
        set_priority(&irqs[source], 0);
    for (uint32_t i = 0; i < nr_harts; i++) {
        contexts[i] = find_context(bi, harts[i].id);
        if (contexts[i] != BOOT_NO_CONTEXT)
            enable_all(contexts[i]);
    }
}

/* ---- objects ---- */

status_t irq_create(uint64_t source, struct process *payer, struct object **out) {
    if (source == 0 || source >= nr_sources)
        return ERR_NOT_FOUND;
    struct irq *irq = &irqs[source];
    if (irq->has_object)
        return ERR_BUSY;
    status_t st = process_charge(payer, 0, OBJECT_SLOT_BYTES);
    if (st != OK)
        return st;
    st = object_create(OBJECT_IRQ, irq, out);
    irq->has_object = st == OK;
    irq->payer = payer;
    if (st != OK)
        process_uncharge(payer, 0, OBJECT_SLOT_BYTES);
    return st;
}

void irq_forget(void *body) {
    struct irq *irq = body;
    struct process *payer = irq->payer;
    set_priority(irq, 0);
    *irq = (struct irq){.has_object = false};
    process_uncharge(payer, 0, OBJECT_SLOT_BYTES);
}

static bool is_bound(const struct irq *irq) { /* I2 */
    return irq->notification != NULL && irq->notification->epoch == irq->epoch;
}

/* ---- calls ---- */

status_t sys_irq_create(void *system, uint64_t source, uint64_t *handle) {
    (void)system;
    struct object *object;
    status_t st = irq_create(source, caller_process(), &object);
    return st != OK ? st : syscall_give_handle(object, RIGHTS_OF_IRQ, handle);
}

/* Without keeping the notification alive. */
status_t sys_irq_bind(struct irq *irq, struct notification *notification, uint64_t bits) {
    if (bits == 0)
        return ERR_INVALID;
    irq->notification = notification->object;
    irq->epoch = irq->notification->epoch;
    irq->bits = bits;
    return OK;
}

status_t sys_irq_acknowledge(struct irq *irq) {
    if (!is_bound(irq))
        return ERR_CLOSED;
    set_priority(irq, 1);
    return OK;
}

void irq_describe(const struct irq *irq, struct object_info *info) {
    info->source = (uint64_t)(irq - irqs);
    info->nr_interrupts = irq->nr_interrupts;
}

status_t sys_irq_mask(struct irq *irq) {
    set_priority(irq, 0);
    return OK;
}

/* ---- interrupts ---- */

void irq_handle(void) {
    volatile uint32_t *claim = plic_register(CLAIM(contexts[hart_current()->index]));
    for (uint32_t source; (source = *claim) != 0;) {
        struct irq *irq = &irqs[source];
        set_priority(irq, 0);
        *claim = source; /* completed */
        irq->nr_interrupts++;
        if (is_bound(irq))
            notification_signal(irq->notification->body, irq->bits);
    }
}
