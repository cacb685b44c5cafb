/* kernel/deadline.c - see deadline.h.
 *
 * Invariant D1: due_heap[1] to due_heap[nr_set] are those that are set, each with its own
 *               place, and none is due before due_heap[place / 2].
 * Source: Williams, 1964, "Heapsort" (the binary heap). */
#include "kernel/deadline.h"
#include "kernel/object.h"
#include "kernel/panic.h"

#define PASS_AT_ONCE 16

/* (k) kernel lock.  Each thread and each notification has one, and both are objects. */
static struct deadline *due_heap[OBJECTS_MAX + 1];
static uint32_t nr_set;

static void put(uint32_t place, struct deadline *deadline) {
    due_heap[place] = deadline;
    deadline->place = place;
}

static void move_up(uint32_t place, struct deadline *deadline) {
    while (place > 1 && due_heap[place / 2]->due_ticks > deadline->due_ticks) {
        put(place, due_heap[place / 2]);
        place /= 2;
    }
    put(place, deadline);
}

static void move_down(uint32_t place, struct deadline *deadline) {
    for (uint32_t child = place * 2; child <= nr_set; child = place * 2) {
        if (child < nr_set && due_heap[child + 1]->due_ticks < due_heap[child]->due_ticks)
            child++;
        if (due_heap[child]->due_ticks >= deadline->due_ticks)
            break;
        put(place, due_heap[child]);
        place = child;
    }
    put(place, deadline);
}

void deadline_set(struct deadline *deadline, uint64_t due_ticks) {
    ASSERT_EQUAL(deadline->place, 0, "a deadline is set once at a time");
    ASSERT(nr_set < OBJECTS_MAX, "every deadline belongs to an object");
    deadline->due_ticks = due_ticks;
    nr_set++;
    move_up(nr_set, deadline);
}

void deadline_clear_set(struct deadline *deadline) {
    uint32_t place = deadline->place;
    struct deadline *last = due_heap[nr_set];
    nr_set--;
    if (last != deadline) {
        move_down(place, last);
        move_up(last->place, last); /* it may come from another branch */
    }
    deadline->place = 0;
}

uint64_t deadline_first_ticks(void) {
    return nr_set == 0 ? UINT64_MAX : due_heap[1]->due_ticks;
}

void deadline_pass_due(uint64_t now_ticks) {
    for (int i = 0; i < PASS_AT_ONCE && deadline_first_ticks() <= now_ticks; i++) {
        struct deadline *deadline = due_heap[1];
        deadline_clear_set(deadline);
        deadline->pass(deadline);
    }
}
