/* kernel/irq.h - interrupts of devices: sources of the PLIC, each an object to bind to a
 * notification.
 *
 * An interrupt signals the notification and turns its source off; the driver, in user
 * mode, deals with its device and acknowledges, which turns it on again.
 * Not here: the timer's interrupt (sched.c), nor those between harts (smp.c).
 * Source: RISC-V Platform-Level Interrupt Controller Specification 1.0.0. */
#pragma once

#include "kernel/object.h"

struct boot_info;
struct irq;
struct process;

/* Find the PLIC, whose registers are in the direct map by now, and turn every source off.
 * Without a PLIC that can be used no irq can be made, which is logged. */
void irq_init(const struct boot_info *bi);

/* The interrupt of a source, bound to nothing and off: an object with one reference.
 * ERR_NOT_FOUND (no such source), ERR_BUSY (it has an object), ERR_FULL (objects),
 * ERR_QUOTA: the payer pays for the object.
 * Needs: kernel lock, as all that follow do. */
MUST_CHECK status_t irq_create(uint64_t source, struct process *payer,
                               struct object **out);

/* Fill in its source, and how often it has signalled. */
void irq_describe(const struct irq *irq, struct object_info *info);

void irq_forget(void *irq); /* object.c: its last handle has gone */

/* A device wants something: signal for every source that the PLIC offers this hart. */
void irq_handle(void);
