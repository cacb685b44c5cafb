/* user/servers/pager/backing.h - memory that is filled page by page, when it is touched.
 *
 * A memory object, what its pages are to hold at first, and which of them do already.
 * What nobody may write is one backing for all processes that run the program, and the
 * pager pays (image.h); what may be written is a process's own, which pays (space.h). */
#pragma once

#include "kernel/abi/addresses.h"
#include "kernel/abi/syscall.h"
#include "lib/status.h"

struct backing {
    uint64_t va; /* where its processes have the first page */
    size_t nr_pages;
    handle_t memory;    /* with all rights                                          */
    handle_t read_only; /* the same: who has a page mapped by it can never write it */
    uint8_t *filled;    /* a bit for each page                                      */
    uint64_t bytes_va;  /* what there is at first begins here,                      */
    const char *bytes;  /* is this, in the initrd,                                  */
    size_t nr_bytes;    /* and so long; around it are zeroes                        */
};

/* For the whole pages from `va` on, nothing but zeroes.  ERR_QUOTA, ERR_NO_MEMORY,
 * ERR_FULL, ERR_INVALID; on error nothing is left. */
MUST_CHECK status_t backing_init(struct backing *backing, handle_t payer, uint64_t va,
                                 size_t nr_pages);
void backing_free(struct backing *backing);

bool backing_is_filled(const struct backing *backing, uint64_t va);

/* Fill the page that belongs at `va`, unless it is filled.  Where its processes have it,
 * it is not mapped meanwhile: no thread of theirs sees half of it. */
MUST_CHECK status_t backing_fill(struct backing *backing, uint64_t va);

/* Map a filled page where it belongs, or find that it is there.  `memory` is one of the
 * two handles. */
MUST_CHECK status_t backing_map(const struct backing *backing, uint64_t va,
                                handle_t process, handle_t memory, uint64_t flags);

/* Let `copy`, another of the same pages, have what is filled so far. */
MUST_CHECK status_t backing_lend(const struct backing *backing, struct backing *copy);
