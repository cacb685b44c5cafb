/* lib/list.h - circular doubly linked lists whose links live inside the listed things.
 *
 * The head is a `struct list` too, and an empty list is a head that points at itself, so
 * neither insertion nor removal has a special case (Knuth, TAOCP 1, 2.2.5).  A list of
 * `struct thread` by its member `run_link` is walked with
 *
 *     LIST_FOR_EACH(t, &run_queue, struct thread, run_link) { ... }
 *
 * In debug builds a removed node is poisoned: using it again faults at once.
 * Locks: the owner's of the list. */
#pragma once

#include "lib/compiler.h"

struct list {
    struct list *next;
    struct list *prev;
};

#define LIST_POISON ((struct list *)0xdead0000dead0000)

static inline void list_init(struct list *head) {
    head->next = head;
    head->prev = head;
}

static inline bool list_is_empty(const struct list *head) {
    return head->next == head;
}

/* Put a node between two neighbours. */
static inline void list_insert(struct list *prev, struct list *node, struct list *next) {
    node->next = next;
    node->prev = prev;
    next->prev = node;
    prev->next = node;
}

/* First in, at the front: what rCore's LinkedList calls push. */
static inline void list_push(struct list *head, struct list *node) {
    list_insert(head, node, head->next);
}

/* Last in, at the back: what a queue needs. */
static inline void list_append(struct list *head, struct list *node) {
    list_insert(head->prev, node, head);
}

/* In debug builds, make any use of a removed node fault. */
static inline void list_poison(struct list *node) {
    if (DEBUG) {
        node->next = LIST_POISON;
        node->prev = LIST_POISON;
    }
}

static inline void list_remove(struct list *node) {
    struct list *next = node->next, *prev = node->prev;
    prev->next = next;
    next->prev = prev;
    list_poison(node);
}

/* Take the front node off the list; the list must not be empty. */
static inline struct list *list_pop(struct list *head) {
    struct list *first = head->next, *second = first->next;
    head->next = second;
    second->prev = head;
    list_poison(first);
    return first;
}

#define LIST_ENTRY(node, type, member) CONTAINER_OF(node, type, member)

/* The body must not remove `it`: for that, pop until the list is empty. */
#define LIST_FOR_EACH(it, head, type, member)                                            \
    for (type *it = LIST_ENTRY((head)->next, type, member); &it->member != (head);       \
         it = LIST_ENTRY(it->member.next, type, member))
