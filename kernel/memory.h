/* kernel/memory.h - memory objects: frames that processes map, share and hand on.
 *
 * An array of pages, each with nothing, with a frame whose old contents are still to be
 * cleared, or with a frame to use.  It stays as long as it has a handle or is mapped; its
 * payer pays for every frame that it holds, shared ones too.
 * Not here: where it is mapped (mapping.h).   Needs: kernel lock, all of it. */
#pragma once

#include "kernel/reap.h"
#include "lib/list.h"
#include "lib/status.h"
#include "mm/addr.h"

struct process;

#define MEMORY_PAGES_MAX      8192 /* 32 MiB: more is several objects */
#define MEMORY_CONTIGUOUS_MAX 1024

/* (k) kernel lock   (c) constant after creation */
struct memory {
    struct object *object;  /* (k) NULL once nobody has a handle to it            */
    struct process *payer;  /* (c)                                                */
    struct list mappings;   /* (k)                                                */
    struct reap_item reap;  /* (k) once neither is left                           */
    size_t nr_reaped;       /* (k) pages                                          */
    size_t nr_pages;        /* (c)                                                */
    uint64_t physical_page; /* (c) number of the first frame, none is counted;
                               0: the array below says where the pages are        */
    uint32_t pages[];       /* (k) numbers of frames, or 0; see memory.c          */
};

/* Memory without frames, with one reference to its object for the caller.  ERR_INVALID
 * (0 or more than MEMORY_PAGES_MAX), ERR_QUOTA, ERR_NO_MEMORY, ERR_FULL. */
MUST_CHECK status_t memory_create(struct process *payer, size_t nr_pages,
                                  struct memory **out);

/* Frames in a row, from a multiple of as many as they are, up to 2 MiB.  At most
 * MEMORY_CONTIGUOUS_MAX. */
MUST_CHECK status_t memory_create_contiguous(struct process *payer, size_t nr_pages,
                                             struct memory **out);

/* Physical addresses as they are, not from 0 on: the caller vouches for them. */
MUST_CHECK status_t memory_create_physical(struct process *payer, paddr_t start,
                                           size_t nr_pages, struct memory **out);

/* Give the pages [first, first + nr_pages) frames of zeroes where they have none, from
 * the first on: `*nr_done` says how far that went, at least one page if it is OK.
 * ERR_QUOTA, ERR_NO_MEMORY. */
MUST_CHECK status_t memory_commit(struct memory *memory, size_t first, size_t nr_pages,
                                  size_t *nr_done);

/* Are these whole pages, at least one, in [first, end)?  ERR_MISALIGNED, ERR_INVALID. */
MUST_CHECK status_t pages_check(uint64_t start, size_t nr_bytes, uint64_t first,
                                uint64_t end);
MUST_CHECK status_t memory_check_part(const struct memory *memory, uint64_t offset,
                                      size_t nr_bytes);

/* The frame of one page, of zeroes if it had none.  ERR_QUOTA, ERR_NO_MEMORY;
 * ERR_INVALID for physical memory. */
MUST_CHECK status_t memory_page(struct memory *memory, size_t page, paddr_t *frame);

/* How many pages from `first` on, at most `nr_pages`, have frames in a row. */
size_t memory_run(const struct memory *memory, size_t first, size_t nr_pages);

/* The frame of a page that memory_commit() has passed. */
paddr_t memory_frame(const struct memory *memory, size_t page);

/* Where the kernel reaches it. */
static inline void *memory_contents(const struct memory *memory, size_t page) {
    return phys_to_virt(memory_frame(memory, page));
}

/* object.c: the last handle has gone.  mapping.c: so has a mapping, perhaps the last. */
void memory_forget(void *memory);
void memory_settle(struct memory *memory);
