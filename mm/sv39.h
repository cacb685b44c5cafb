/* mm/sv39.h - Sv39 page tables: three levels of 512 entries.
 *
 * Pure: reads and writes tables through the direct map, takes frames for them from
 * mm/frame.h; never touches satp or the TLB (the caller fences).  Leaves are made with A
 * and D set, so hardware that faults on them (Svade) never does.
 * Locks: the caller's of the table.   Source: RISC-V Privileged 1.12, sections 4.3,
 * 4.4. */
#pragma once

#include "lib/status.h"
#include "mm/addr.h"

/* The bits of an entry, as the hardware has them. */
enum sv39_flags {
    SV39_V = 1 << 0,
    SV39_R = 1 << 1,
    SV39_W = 1 << 2,
    SV39_X = 1 << 3,
    SV39_U = 1 << 4,
    SV39_G = 1 << 5,
    SV39_A = 1 << 6,
    SV39_D = 1 << 7,
};

enum sv39_size { SV39_4K, SV39_2M, SV39_1G }; /* level 0, 1, 2 */

struct sv39_mapping {
    paddr_t frame;       /* where the address itself points (offset included) */
    uint32_t flags;      /* of enum sv39_flags */
    enum sv39_size size; /* of the page that maps it */
};

static inline size_t sv39_page_bytes(enum sv39_size size) {
    return (size_t)1 << (PAGE_SHIFT + 9 * size);
}

/* Tables below roots, and large pages, each of which may have to become a table: how many
 * a call makes or frees is what those who count frames want to know. */
extern size_t sv39_nr_tables;

/* An empty root table (or any other) of one zeroed frame: ERR_NO_MEMORY. */
MUST_CHECK status_t sv39_create(paddr_t *root);

/* Map [va, va + bytes) to [pa, pa + bytes), each page as large as alignment, length and
 * `largest` allow.  `flags`: R, W, X, U, G; W without R, and nothing of R and X, are
 * ERR_INVALID, so are unaligned, empty, wrapping and non-canonical ranges.
 * ERR_OVERLAP if a page is mapped already, ERR_NO_MEMORY.  On error nothing is mapped,
 * and no table made on the way stays. */
MUST_CHECK status_t sv39_map(paddr_t root, uint64_t va, paddr_t pa, size_t bytes,
                             uint32_t flags, enum sv39_size largest);

/* The same for a page of 4 KiB whose table is there, when all else has been checked.
 * False, and nothing is changed, if there is no table or something is mapped. */
MUST_CHECK bool sv39_map_page(paddr_t root, uint64_t va, paddr_t frame, uint32_t flags);

/* Take the mapping of [va, va + bytes) away; holes are passed over, a large page that is
 * only partly in the range is split first (ERR_NO_MEMORY).  Tables that become empty are
 * freed.  The frames mapped are the caller's business. */
MUST_CHECK status_t sv39_unmap(paddr_t root, uint64_t va, size_t bytes);

/* Give the pages of the range new R, W, X (U, G stay).  ERR_NOT_FOUND if one is not
 * mapped; on error nothing changes but splits. */
MUST_CHECK status_t sv39_protect(paddr_t root, uint64_t va, size_t bytes, uint32_t flags);

/* Let the page at `va`, of 4 KiB, be another frame, with the same flags. */
void sv39_replace(paddr_t root, uint64_t va, paddr_t frame);

/* Look `va` up: ERR_NOT_FOUND. */
MUST_CHECK status_t sv39_translate(paddr_t root, uint64_t va, struct sv39_mapping *out);

/* Free the root.  What was mapped in its lower half must be unmapped by now. */
void sv39_destroy(paddr_t root);

/* The value of satp for this root: mode Sv39, ASID, PPN. */
uint64_t sv39_satp(paddr_t root, uint16_t asid);
