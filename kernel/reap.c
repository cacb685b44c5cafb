/* kernel/reap.c - see reap.h. */
#include "kernel/reap.h"

struct list reap_list = {&reap_list, &reap_list}; /* (k) kernel lock */

void reap_begin(struct reap_item *item, reap_fn *step) {
    item->step = step;
    list_append(&reap_list, &item->link);
}

void reap_first(void) {
    struct reap_item *item = LIST_ENTRY(list_pop(&reap_list), struct reap_item, link);
    if (item->step(item))
        list_push(&reap_list, &item->link);
}
