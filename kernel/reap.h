/* kernel/reap.h - what has ended and is given back piece by piece.
 *
 * Whoever owns an object that takes long to take apart puts it here when it ends.  The
 * scheduler does a step whenever no thread is ready, on the way to the next thread, and
 * at each tick.   Needs: kernel lock. */
#pragma once

#include "lib/list.h"

struct reap_item;

/* A bounded piece (tests/bench/bounds.txt says how long it may take).  False when it was
 * the last one; the item may be gone then. */
typedef bool reap_fn(struct reap_item *item);

struct reap_item {
    struct list link;
    reap_fn *step;
};

void reap_begin(struct reap_item *item, reap_fn *step);

/* One step for the first in the list.  False if there was nothing to do. */
void reap_first(void);
extern struct list reap_list; /* reap.c's, here only for this */
static inline bool reap_step(void) {
    if (LIKELY(list_is_empty(&reap_list)))
        return false;
    reap_first();
    return true;
}
