/* user/servers/pager/space.h - the address spaces that the pager looks after, and what is
 * to be where in them.
 *
 * A space has regions; a region a backing, which is shared or its own.  A fork gives the
 * child its own backings and lends them the parent's frames: until one of the two writes,
 * both have them mapped by a handle that cannot make them writable.
 * A client harms only itself: what is not in a region ends it, its memory is paid by its
 * own quota, and a program has no more than FAMILY_MAX spaces, forks of forks included.
 * Invariant S1: a page that two memories have is writable in no space. */
#pragma once

#include "user/servers/pager/image.h"

#define REGIONS_MAX 8
#define SPACES_MAX  32
#define FAMILY_MAX  8

struct region {
    uint64_t flags;          /* of enum map_flags: the most that is ever mapped */
    struct backing *backing; /* an image's, or: */
    struct backing own;
    bool is_lent; /* since a fork, another memory may have its frames */
};

struct space {
    handle_t process; /* 0: this place is free */
    uint64_t badge;   /* of its gate */
    uint64_t family;  /* the badge of the one that was loaded, not forked */
    size_t nr_regions;
    struct region regions[REGIONS_MAX];
};

/* The space with this badge, or NULL. */
struct space *space_find(uint64_t badge);

/* Spaces for a process; the handle becomes the space's, or is closed on error.  ERR_FULL;
 * and what backings and images have. */
MUST_CHECK status_t space_load(handle_t process, struct image *image, struct space **out);
MUST_CHECK status_t space_fork(struct space *parent, handle_t process,
                               struct space **out);

/* Memory of zeroes.  ERR_MISALIGNED, ERR_INVALID, ERR_OVERLAP, ERR_FULL, ERR_QUOTA. */
MUST_CHECK status_t space_extend(struct space *space, uint64_t va, uint64_t nr_bytes);

/* Nobody has its gate any more. */
void space_drop(struct space *space);

/* Do what its thread needs to go on after a fault of `kind` at `address`.  ERR_INVALID if
 * that is not allowed there; ERR_QUOTA, ERR_NO_MEMORY, ... */
MUST_CHECK status_t space_fault(struct space *space, uint64_t kind, uint64_t address);
