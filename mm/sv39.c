/* mm/sv39.c - Sv39 page tables.
 *
 * Every function walks from the root; a "slot" is the address of an entry, and an entry's
 * level is the size of the page that it would map as a leaf (0: 4 KiB ... 2: 1 GiB).
 * Callers: the kernel's own space, processes, uaccess.
 * Invariant S1: a table below the root that this file made has at least one entry, once
 *               the call that made it has succeeded.
 * Invariant S2: a table whose entry has LONELY never had more than one entry. */
#include "mm/sv39.h"

#include "lib/bits.h"
#include "mm/frame.h"
#include "mm/port.h"

typedef uint64_t pte_t;

#define TABLE_ENTRIES 512
#define ROOT_LEVEL    2
#define FLAG_BITS     0x3ff
#define PPN_MASK      (((1ull << 44) - 1) << 10)
#define RWX           (SV39_R | SV39_W | SV39_X)
#define LONELY        (1ull << 8) /* one of the bits for software: S2 */
#define SATP_SV39     (8ull << 60)
#define PHYSICAL_END  (1ull << 56) /* 4.4.1: 44 bits of page number */

size_t sv39_nr_tables; /* the locks of all tables */

/* ---- entries ---- */

static pte_t *slot_in(paddr_t table, uint64_t va, int level) {
    pte_t *entries = phys_to_virt(table);
    return &entries[va >> (PAGE_SHIFT + 9 * level) & (TABLE_ENTRIES - 1)];
}

static paddr_t pte_address(pte_t pte) {
    return paddr((pte & PPN_MASK) << 2);
}

/* An entry is 0, a leaf, or a table's. */
static bool pte_is_leaf(pte_t pte) {
    return (pte & RWX) != 0;
}

static bool pte_is_table(pte_t pte) {
    return (pte & (RWX | SV39_V)) == SV39_V;
}

static pte_t pte_make(paddr_t target, uint32_t flags) {
    return target.raw >> 2 | flags | SV39_V;
}

/* Sv39 addresses are 39 bits, sign-extended (4.4.1). */
static bool is_canonical(uint64_t va) {
    return (int64_t)(va << 25) >> 25 == (int64_t)va;
}

static bool is_range(uint64_t va, size_t bytes) {
    uint64_t last = va + bytes - 1;
    return bytes > 0 && is_aligned(va | bytes, PAGE_SIZE) && last >= va &&
           is_canonical(va) && is_canonical(last) && va >> 63 == last >> 63;
}

static bool are_leaf_flags(uint32_t flags, uint32_t allowed) {
    bool writes_only = (flags & (SV39_R | SV39_W)) == SV39_W; /* reserved, table 4.5 */
    return (flags & ~allowed) == 0 && (flags & RWX) != 0 && !writes_only;
}

/* Where the way down to an address ends. */
struct place {
    pte_t *slot;
    int level;
    size_t rest_bytes; /* from the address to the end of what the slot maps, or could */
};

/* The slot for `va` at `lowest` or, above it, the leaf or the hole that ends the way. */
static struct place place_of(paddr_t root, uint64_t va, int lowest) {
    paddr_t table = root;
#pragma GCC unroll 3
    for (int level = ROOT_LEVEL; level >= 0; level--) {
        pte_t *slot = slot_in(table, va, level);
        size_t bytes = sv39_page_bytes(level);
        if (level == lowest || !pte_is_table(*slot))
            return (struct place){slot, level, bytes - (va & (bytes - 1))};
        table = pte_address(*slot);
    }
    __builtin_unreachable();
}

/* ---- tables ---- */

status_t sv39_create(paddr_t *root) {
    status_t status = frame_alloc(root);
    if (status == OK)
        frame_zero(*root);
    return status;
}

void sv39_destroy(paddr_t root) {
    frame_dealloc(root);
}

/* While a large page lies across `border`, put a table in its place: the same mapping in
 * 512 smaller pages. */
static status_t split_at(paddr_t root, uint64_t border) {
    for (;;) {
        struct place place = place_of(root, border, 0);
        pte_t leaf = *place.slot;
        if (leaf == 0 || place.rest_bytes == sv39_page_bytes(place.level))
            return OK;
        paddr_t table, target = pte_address(leaf);
        status_t status = frame_alloc(&table);
        if (status != OK)
            return status;
        pte_t *entries = phys_to_virt(table);
        for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
            entries[i] = pte_make(target, leaf & FLAG_BITS);
            target.raw += sv39_page_bytes(place.level - 1);
        }
        *place.slot = pte_make(table, leaf & SV39_G);
        sv39_nr_tables += place.level > 1 ? TABLE_ENTRIES : 0; /* it counted for one */
    }
}

/* What must be split is split at once, so that nothing can fail after that. */
static FRAMELESS status_t split_ends(paddr_t root, uint64_t va, size_t bytes) {
    if (bytes == PAGE_SIZE && place_of(root, va, 0).level == SV39_4K)
        return OK;
    status_t status = split_at(root, va);
    return status == OK ? split_at(root, va + bytes) : status;
}

/* `was_cleared`: one of its entries, just now; else that is not known. */
static bool table_is_empty(pte_t table, bool was_cleared) {
    const pte_t *entries = phys_to_virt(pte_address(table));
    if (was_cleared && (table & LONELY) != 0)
        return true;
    for (unsigned i = 0; i < TABLE_ENTRIES; i += 4) /* not mapped is 0 */
        if ((entries[i] | entries[i + 1] | entries[i + 2] | entries[i + 3]) != 0)
            return false;
    return true;
}

/* Free the tables on the way to `va` that have become empty, from the lowest up. */
static void tables_prune(paddr_t root, uint64_t va, bool was_cleared) {
#pragma GCC unroll 2
    for (int level = 1; level <= ROOT_LEVEL; level++) {
        struct place place = place_of(root, va, level);
        if (place.level != level || !pte_is_table(*place.slot))
            continue;
        if (!table_is_empty(*place.slot, was_cleared))
            return;
        frame_dealloc(pte_address(*place.slot));
        sv39_nr_tables--;
        *place.slot = 0;
        was_cleared = true;
    }
}

/* ---- map ---- */

static bool page_fits(uint64_t va, paddr_t pa, size_t bytes, int level) {
    return is_aligned(va | pa.raw, sv39_page_bytes(level)) &&
           bytes >= sv39_page_bytes(level);
}

/* Map the largest page that fits at `va`, in tables made on the way; its size is `*done`.
 * ERR_OVERLAP at a leaf. */
static status_t map_page(paddr_t root, uint64_t va, paddr_t pa, size_t bytes,
                         uint32_t flags, int largest, size_t *done) {
    paddr_t table = root;
    pte_t *above = NULL; /* the entry of a table that was there before */
#pragma GCC unroll 3
    for (int level = ROOT_LEVEL; level >= 0; level--) {
        pte_t *slot = slot_in(table, va, level);
        if (pte_is_leaf(*slot))
            return ERR_OVERLAP;
        if (*slot == 0 && above != NULL)
            *above &= ~LONELY;
        above = *slot == 0 ? NULL : slot;
        if (*slot == 0 && level <= largest && page_fits(va, pa, bytes, level)) {
            *slot = pte_make(pa, flags | SV39_A | SV39_D);
            sv39_nr_tables += level > 0;
            *done = sv39_page_bytes(level);
            return OK;
        }
        if (*slot == 0) {
            status_t status = sv39_create(&table);
            if (status != OK)
                return status;
            *slot = pte_make(table, LONELY);
            sv39_nr_tables++;
        }
        table = pte_address(*slot);
    }
    __builtin_unreachable();
}

status_t sv39_map(paddr_t root, uint64_t va, paddr_t pa, size_t bytes, uint32_t flags,
                  enum sv39_size largest) {
    if (!is_range(va, bytes) || !is_aligned(pa.raw, PAGE_SIZE) ||
        !are_leaf_flags(flags, RWX | SV39_U | SV39_G) || bytes > PHYSICAL_END ||
        pa.raw > PHYSICAL_END - bytes)
        return ERR_INVALID;
    for (size_t done = 0, page_bytes; done < bytes; done += page_bytes) {
        status_t status = map_page(root, va + done, paddr(pa.raw + done), bytes - done,
                                   flags, largest, &page_bytes);
        if (status == OK)
            continue;
        /* Undo: what was mapped up to here is whole pages, so nothing is split. */
        if (done > 0 && sv39_unmap(root, va, done) != OK)
            MM_PANIC("unmapping whole pages needs no memory");
        tables_prune(root, va + done, false);
        return status;
    }
    return OK;
}

FRAMELESS bool sv39_map_page(paddr_t root, uint64_t va, paddr_t frame, uint32_t flags) {
    pte_t *slot = slot_in(root, va, 2);
    if (!pte_is_table(*slot))
        return false;
    pte_t *above = slot_in(pte_address(*slot), va, 1);
    if (!pte_is_table(*above))
        return false;
    slot = slot_in(pte_address(*above), va, 0);
    if (*slot != 0)
        return false;
    *above &= ~LONELY;
    *slot = pte_make(frame, flags | SV39_A | SV39_D);
    return true;
}

/* ---- unmap, protect, look ---- */

status_t sv39_unmap(paddr_t root, uint64_t va, size_t bytes) {
    if (!is_range(va, bytes))
        return ERR_INVALID;
    status_t status = split_ends(root, va, bytes);
    bool was_cleared = false;
    for (size_t done = 0; status == OK && done < bytes;) {
        struct place place = place_of(root, va + done, 0);
        was_cleared |= *place.slot != 0;
        sv39_nr_tables -= *place.slot != 0 && place.level > 0;
        *place.slot = 0;
        done += place.rest_bytes;
        if (done < bytes && !is_aligned(va + done, sv39_page_bytes(SV39_2M)))
            continue;
        tables_prune(root, va + done - place.rest_bytes, was_cleared);
        was_cleared = false;
    }
    return status;
}

status_t sv39_protect(paddr_t root, uint64_t va, size_t bytes, uint32_t flags) {
    struct place place;
    if (!is_range(va, bytes) || !are_leaf_flags(flags, RWX))
        return ERR_INVALID;
    for (size_t done = 0; done < bytes; done += place.rest_bytes) {
        place = place_of(root, va + done, 0);
        if (*place.slot == 0)
            return ERR_NOT_FOUND;
    }
    status_t status = split_ends(root, va, bytes);
    for (size_t done = 0; status == OK && done < bytes; done += place.rest_bytes) {
        place = place_of(root, va + done, 0);
        *place.slot = (*place.slot & ~(pte_t)RWX) | flags;
    }
    return status;
}

void sv39_replace(paddr_t root, uint64_t va, paddr_t frame) {
    pte_t *slot = place_of(root, va, 0).slot;
    *slot = pte_make(frame, *slot & FLAG_BITS);
}

status_t sv39_translate(paddr_t root, uint64_t va, struct sv39_mapping *out) {
    struct place place = place_of(root, va, 0);
    if (!is_canonical(va) || *place.slot == 0)
        return ERR_NOT_FOUND;
    *out = (struct sv39_mapping){
        .frame = pte_address(*place.slot),
        .flags = *place.slot & 0xff,
        .size = place.level,
    };
    out->frame.raw += va & (sv39_page_bytes(place.level) - 1);
    return OK;
}

uint64_t sv39_satp(paddr_t root, uint16_t asid) {
    return SATP_SV39 | (uint64_t)asid << 44 | root.raw >> PAGE_SHIFT;
}
