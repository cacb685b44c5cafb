/* lib/spinlock.h - two locks that wait by spinning: a ticket lock, where whoever asks
 * first is served first, and a test-and-set lock, which costs half and keeps no order.
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
    _Atomic uint32_t serving; /* the ticket that may go in */
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

/* For sections of a few dozen instructions, as the heap's.  (What rCore's LockedHeap has:
 * spin::Mutex.) */
struct tas_lock {
    _Atomic uint64_t held; /* 0 or 1 */
};

static inline bool tas_try(struct tas_lock *lock) {
    return atomic_exchange_explicit(&lock->held, 1, memory_order_acquire) == 0;
}

static inline struct tas_lock *tas_acquire(struct tas_lock *lock) {
    if (LIKELY(tas_try(lock)))
        return lock;
    while (!tas_try(lock))
        ;
    return lock;
}

static inline void tas_release(struct tas_lock *lock) {
    atomic_store_explicit(&lock->held, 0, memory_order_release);
}

/* Hold a lock from here to the end of the block around, however it is left.  (Rust:
 * let _guard = lock.lock();) */
#define TAS_HOLD(lock)                                                                   \
    __attribute__((cleanup(tas_leave), unused)) struct tas_lock *held_ = tas_acquire(lock)

static inline void tas_leave(struct tas_lock **guard) {
    tas_release(*guard);
}
