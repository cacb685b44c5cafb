/* lib/spinlock.h - a ticket lock: whoever asks first is served first.
 *
 * Pure C11 atomics, so the kernel, user programs and the tests on the host use the same.
 * The holder must not be interrupted by anything that takes the same lock; in the kernel
 * that holds because it runs with interrupts off.
 * Source: Mellor-Crummey and Scott, 1991, "Algorithms for Scalable Synchronization". */
#pragma once

#include "lib/compiler.h"
#include <stdatomic.h>

struct spinlock {
    _Atomic uint32_t next;    /* the ticket that the next comer draws */
    _Atomic uint32_t serving; /* the ticket that may go in            */
};

static inline void spinlock_acquire(struct spinlock *lock) {
    uint32_t ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);
    while (atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket)
        ;
}

static inline void spinlock_release(struct spinlock *lock) {
    uint32_t ticket = atomic_load_explicit(&lock->serving, memory_order_relaxed);
    atomic_store_explicit(&lock->serving, ticket + 1, memory_order_release);
}

static inline bool spinlock_is_held(struct spinlock *lock) {
    return atomic_load_explicit(&lock->next, memory_order_relaxed) !=
           atomic_load_explicit(&lock->serving, memory_order_relaxed);
}
