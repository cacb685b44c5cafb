/* tools/heapview/heaptrace.h - what heaptrace asks of an allocator, and what it notes. */
#pragma once

#include "lib/range.h"
#include "lib/status.h"
#include "mm/buddy.h"

/* An allocator that can be traced: it owns one heap. */
struct heaptrace_policy {
    const char *name;
    size_t smallest_bytes; /* the UNIT of the trace */
    bool (*start)(struct range arena);
    struct range (*blocks)(void); /* what of the arena holds blocks */
    void *(*alloc)(void *context, size_t size);
    status_t (*free)(void *context, void *block, size_t size);
    void (*snapshot)(void); /* note_free() for each free block, in address order */
};

extern const struct heaptrace_policy policy_buddy, policy_crate, policy_firstfit,
    policy_pairbits;

/* Called by the policies.  Events and steps belong to the request under way. */
void note_free(uintptr_t block, size_t block_bytes);
bool note_free_block(void *context, const struct buddy_block *block); /* for a walk */
void note_event(enum buddy_event event, uintptr_t block, size_t block_bytes);
void note_steps(uint64_t nr_steps);
