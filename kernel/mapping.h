/* kernel/mapping.h - which pages of which memory are mapped where.
 *
 * A record for each row of pages, in the list of its process, by address, and in the
 * list of its memory: so both can take down what is mapped.  Rows that lie together
 * become one, a row that is changed in the middle is cut.  Each function does a bounded
 * piece.
 * Needs: kernel lock, all of it. */
#pragma once

#include "kernel/abi/rights.h"
#include "kernel/abi/syscall.h"
#include "lib/list.h"
#include "lib/status.h"
#include "mm/addr.h"

struct memory;
struct process;

/* In `allowed`: the bits are those of the rights to a memory, moved. */
enum { MAP_WX = RIGHT_WX >> 2, MAP_ALLOWED_BITS = MAP_WX * 2 - 1 };

#define MAPPINGS_MAX 1024 /* of a process: finding one takes 6 instructions each */

/* (k) kernel lock */
struct mapping {
    struct process *process;
    struct memory *memory;
    struct list process_link;
    struct list memory_link;
    uint64_t va;
    size_t nr_pages;
    size_t first;     /* page of the memory                                  */
    uint32_t flags;   /* of enum map_flags                                   */
    uint32_t allowed; /* what mapping_protect() may make of them, and MAP_WX  */
};

/* ERR_INVALID for flags that make no sense, ERR_RIGHTS for those that are not allowed:
 * writable and executable at once needs MAP_WX. */
MUST_CHECK status_t mapping_check_flags(uint64_t flags, uint64_t allowed);

/* Map what `wanted`, which is changed, says (its links apart), from its start on; pages
 * without a frame get one.  `*nr_done` pages are mapped, at least one if it is OK.
 * ERR_OVERLAP, ERR_FULL (MAPPINGS_MAX), ERR_QUOTA, ERR_NO_MEMORY. */
MUST_CHECK status_t mapping_add(struct mapping *wanted, size_t *nr_done);

/* Take down a piece of all that is mapped in an ended process, or of a memory everywhere.
 * False if there was nothing. */
bool mapping_reap(struct process *process);
bool mapping_revoke(struct memory *memory);

/* Let a page of a memory be another frame wherever it is mapped.  ERR_BUSY if it has more
 * than REPLACE_MAX records, ERR_NO_MEMORY; on error nothing changes.  ERR_AGAIN: only
 * large pages have been split so far, as many as one call may. */
#define REPLACE_MAX 8
MUST_CHECK status_t mapping_replace(struct memory *memory, size_t page, paddr_t frame);

/* New pages of zeroes at `va`, all of them: for the kernel itself, which starts programs.
 * The memory has no handles and goes with the process. */
MUST_CHECK status_t mapping_add_new(struct process *process, uint64_t va, size_t nr_pages,
                                    uint32_t flags, struct memory **out);
