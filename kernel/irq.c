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

/* (k) kernel lock   (c) constant after creation */
struct irq {
    uint64_t source;             /* (c)                                          */
    struct process *payer;       /* (c)                                          */
    struct object *notification; /* (k) NULL: never bound; may have ended, see I2 */
    uint32_t epoch;              /* (k) the notification's when it was bound     */
    uint64_t bits;               /* (k) that it signals                          */
    uint64_t nr_interrupts;      /* (k) so far                                   */
};

static struct irq *irqs[SOURCES_MAX]; /* (k) by source; NULL: has no object */
static uint64_t nr_sources;           /* (c) the highest number and one; 0: no PLIC */
static uint8_t *plic;                 /* (c) its registers */

static volatile uint32_t *plic_register(uint64_t offset) {
    return (volatile uint32_t *)(plic + offset);
}

static void set_priority(uint64_t source, uint32_t priority) {
    *plic_register(PRIORITY(source)) = priority;
}

/* Let the hart hear of every source that is on.  False: it has no way to. */
static bool enable_all(const struct hart *hart, uint64_t plic_bytes) {
    uint64_t context = hart->plic_context;
    if (CONTEXT_END(context) > plic_bytes)
        return false;
    for (uint64_t source = 0; source < nr_sources; source += 32)
        *plic_register(ENABLE(context, source)) = UINT32_MAX;
    *plic_register(THRESHOLD(context)) = 0;
    return true;
}

void irq_init(const struct boot_info *bi) {
    struct range registers = bi->plic.registers;
    plic = phys_to_virt(paddr(registers.start));
    nr_sources = bi->plic_sources < SOURCES_MAX ? bi->plic_sources + 1 : SOURCES_MAX;
    if (registers.end > DIRECT_MAP_BYTES ||
        !enable_all(&harts[0], registers.end - registers.start)) {
        nr_sources = 0;
        log_warn("no interrupt controller that can be used");
        return;
    }
    for (uint64_t source = 1; source < nr_sources; source++)
        set_priority(source, 0);
    for (uint32_t i = 1; i < nr_harts; i++)
        (void)enable_all(&harts[i], registers.end - registers.start);
}

/* ---- objects ---- */

status_t irq_create(uint64_t source, struct process *payer, struct object **out) {
    if (source == 0 || source >= nr_sources)
        return ERR_NOT_FOUND;
    if (irqs[source] != NULL)
        return ERR_BUSY;
    struct irq *irq;
    status_t st = object_make(OBJECT_IRQ, sizeof(*irq), payer, (void **)&irq, out);
    if (st != OK)
        return st;
    *irq = (struct irq){.source = source, .payer = payer};
    irqs[source] = irq;
    return OK;
}

void irq_forget(void *body) {
    struct irq *irq = body;
    set_priority(irq->source, 0);
    irqs[irq->source] = NULL;
    object_unmake(irq, sizeof(*irq), irq->payer);
}

static bool is_bound(const struct irq *irq) { /* I2 */
    return irq->notification != NULL && irq->notification->epoch == irq->epoch;
}

/* ---- calls ---- */

status_t sys_irq_create(UNUSED void *system, uint64_t source, uint64_t *handle) {
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
    set_priority(irq->source, 1);
    return OK;
}

void irq_describe(const struct irq *irq, struct object_info *info) {
    info->source = irq->source;
    info->nr_interrupts = irq->nr_interrupts;
}

status_t sys_irq_mask(struct irq *irq) {
    set_priority(irq->source, 0);
    return OK;
}

/* ---- interrupts ---- */

void irq_handle(void) {
    volatile uint32_t *claim =
        plic_register(CLAIM((uint64_t)hart_current()->plic_context));
    for (uint32_t source; (source = *claim) != 0;) {
        struct irq *irq = irqs[source];
        set_priority(source, 0);
        *claim = source; /* completed */
        irq->nr_interrupts++;
        if (is_bound(irq))
            notification_signal(irq->notification->body, irq->bits);
    }
}
