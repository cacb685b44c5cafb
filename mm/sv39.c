/* mm/sv39.c - Sv39 page tables.
 *
 * Every function walks from the root; a "slot" is the address of an entry, and an entry's
 * level is the size of the page that it would map as a leaf (0: 4 KiB ... 2: 1 GiB).
 * Callers: the kernel's own space, processes, uaccess.
 * Invariant S1: a table below the root that this file made has at least one entry, once
 *               the call that made it has succeeded. */
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
#define ALLOWED_FLAGS (RWX | SV39_U | SV39_G)
#define SATP_SV39     (8ull << 60)
#define PHYSICAL_END  (1ull << 56) /* 4.4.1: 44 bits of page number */

size_t sv39_nr_tables; /* the locks of all tables */

/* ---- entries ---- */

static pte_t *table_at(paddr_t table) {
    return phys_to_virt(table);
}

static unsigned index_of(uint64_t va, int level) {
    return va >> (PAGE_SHIFT + 9 * level) & (TABLE_ENTRIES - 1);
}

static paddr_t pte_address(pte_t pte) {
    return paddr((pte & PPN_MASK) << 2);
}

static bool pte_is_leaf(pte_t pte) {
    return (pte & RWX) != 0;
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

/* From `va` to the end of the page of that level around it. */
static size_t rest_of_page(uint64_t va, int level) {
    return sv39_page_bytes(level) - (va & (sv39_page_bytes(level) - 1));
}

static bool are_leaf_flags(uint32_t flags) {
    bool writes_only = (flags & (SV39_R | SV39_W)) == SV39_W; /* reserved, table 4.5 */
    return (flags & ~ALLOWED_FLAGS) == 0 && (flags & RWX) != 0 && !writes_only;
}

/* ---- tables ---- */

static status_t table_create(paddr_t *out) {
    status_t status = frame_alloc(out);
    if (status == OK)
        frame_zero(*out);
    return status;
}

/* Put a table in the place of the leaf at `slot`: the same mapping in 512 smaller
 * pages. */
static status_t leaf_split(pte_t *slot, int level) {
    paddr_t table;
    status_t status = table_create(&table);
    if (status != OK)
        return status;
    sv39_nr_tables += level > 1 ? TABLE_ENTRIES : 0; /* the page itself counted for one */
    paddr_t target = pte_address(*slot);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
        table_at(table)[i] = pte_make(target, *slot & FLAG_BITS);
        target.raw += sv39_page_bytes(level - 1);
    }
    *slot = pte_make(table, *slot & SV39_G);
    return OK;
}

/* The slot for `va` at `level` or, above it, the leaf or the empty slot that stops the
 * way down; `*level` becomes the slot's. */
static pte_t *slot_find(paddr_t root, uint64_t va, int *level) {
    paddr_t table = root;
    for (int at = ROOT_LEVEL;; at--) {
        pte_t *slot = &table_at(table)[index_of(va, at)];
        if (at == *level || !(*slot & SV39_V) || pte_is_leaf(*slot)) {
            *level = at;
            return slot;
        }
        table = pte_address(*slot);
    }
}

/* The slot for `va` at `level`, tables made on the way.  ERR_OVERLAP at a leaf. */
static status_t slot_create(paddr_t root, uint64_t va, int level, pte_t **out) {
    for (;;) {
        int at = level;
        pte_t *slot = slot_find(root, va, &at);
        if (*slot & SV39_V && (at > level || pte_is_leaf(*slot)))
            return ERR_OVERLAP;
        if (at == level) {
            *out = slot;
            return OK;
        }
        paddr_t table;
        status_t status = table_create(&table);
        if (status != OK)
            return status;
        *slot = pte_make(table, 0);
        sv39_nr_tables++;
    }
}

static bool table_is_empty(paddr_t table) {
    const pte_t *entries = table_at(table);
    for (unsigned i = 0; i < TABLE_ENTRIES; i += 4) /* not mapped is 0 */
        if ((entries[i] | entries[i + 1] | entries[i + 2] | entries[i + 3]) != 0)
            return false;
    return true;
}

/* Free the tables on the way to `va` that have become empty, from the lowest up.  The
 * caller's `slot` levels are gone after that. */
static void tables_prune(paddr_t root, uint64_t va) {
    for (int level = 1; level <= ROOT_LEVEL; level++) {
        int at = level;
        pte_t *slot = slot_find(root, va, &at);
        if (at != level || !(*slot & SV39_V) || pte_is_leaf(*slot))
            continue;
        if (!table_is_empty(pte_address(*slot)))
            return;
        frame_dealloc(pte_address(*slot));
        sv39_nr_tables--;
        *slot = 0;
    }
}

status_t sv39_create(paddr_t *root) {
    return table_create(root);
}

static void table_free(paddr_t table, int level) {
    for (unsigned i = 0; level > 0 && i < TABLE_ENTRIES; i++) {
        pte_t pte = table_at(table)[i];
        if (pte & SV39_V && !pte_is_leaf(pte))
            table_free(pte_address(pte), level - 1);
        else if (pte & SV39_V)
            sv39_nr_tables--;
    }
    frame_dealloc(table);
    sv39_nr_tables--;
}

void sv39_clear(paddr_t root, unsigned first, unsigned last) {
    for (unsigned i = first; i < last && i < TABLE_ENTRIES; i++) {
        pte_t pte = table_at(root)[i];
        if (pte & SV39_V && !pte_is_leaf(pte))
            table_free(pte_address(pte), ROOT_LEVEL - 1);
        else if (pte & SV39_V)
            sv39_nr_tables--;
        table_at(root)[i] = 0;
    }
}

void sv39_destroy(paddr_t root) {
    sv39_clear(root, 0, TABLE_ENTRIES / 2);
    frame_dealloc(root);
}

/* ---- map ---- */

/* The largest level whose pages fit at these addresses and in that length. */
static int best_level(uint64_t va, paddr_t pa, size_t bytes, int largest) {
    int level = largest;
    while (level > 0 && (!is_aligned(va | pa.raw, sv39_page_bytes(level)) ||
                         bytes < sv39_page_bytes(level)))
        level--;
    return level;
}

static status_t map_pages(paddr_t root, uint64_t va, paddr_t pa, size_t bytes,
                          uint32_t flags, int largest, size_t *done) {
    while (*done < bytes) {
        paddr_t target = paddr(pa.raw + *done);
        int level = best_level(va + *done, target, bytes - *done, largest);
        pte_t *slot;
        status_t status = slot_create(root, va + *done, level, &slot);
        /* A table stands where a large page would: fill it with smaller ones. */
        while (status == OK && *slot & SV39_V && level > 0)
            status = slot_create(root, va + *done, --level, &slot);
        if (status == OK && *slot & SV39_V)
            status = ERR_OVERLAP;
        if (status != OK)
            return status;
        *slot = pte_make(target, flags | SV39_A | SV39_D);
        sv39_nr_tables += level > 0;
        *done += sv39_page_bytes(level);
    }
    return OK;
}

status_t sv39_map(paddr_t root, uint64_t va, paddr_t pa, size_t bytes, uint32_t flags,
                  enum sv39_size largest) {
    if (!is_range(va, bytes) || !is_aligned(pa.raw, PAGE_SIZE) ||
        !are_leaf_flags(flags) || largest > SV39_1G || bytes > PHYSICAL_END ||
        pa.raw > PHYSICAL_END - bytes)
        return ERR_INVALID;
    size_t done = 0;
    status_t status = map_pages(root, va, pa, bytes, flags, largest, &done);
    if (status != OK) {
        /* Undo: what was mapped up to here is whole pages, so nothing is split. */
        if (done > 0 && sv39_unmap(root, va, done) != OK)
            MM_PANIC("unmapping whole pages needs no memory");
        tables_prune(root, va + done);
    }
    return status;
}

/* ---- unmap, protect, look ---- */

/* The leaf at `va`, split until it lies in [va, va + bytes), in `*slot`; NULL for a hole.
 * `*page_bytes` is how far to go on from `va`. */
static status_t leaf_in_range(paddr_t root, uint64_t va, size_t bytes, pte_t **slot,
                              size_t *page_bytes) {
    for (;;) {
        int level = 0;
        *slot = slot_find(root, va, &level);
        *page_bytes = rest_of_page(va, level);
        if (!(**slot & SV39_V)) {
            *slot = NULL;
            return OK;
        }
        if (*page_bytes == sv39_page_bytes(level) && bytes >= *page_bytes)
            return OK;
        status_t status = leaf_split(*slot, level);
        if (status != OK)
            return status;
    }
}

/* Split what must be split at the two ends, so that nothing can fail after that. */
static status_t split_ends(paddr_t root, uint64_t va, size_t bytes) {
    pte_t *slot;
    size_t page_bytes;
    status_t status = leaf_in_range(root, va, bytes, &slot, &page_bytes);
    for (int level = ROOT_LEVEL; status == OK && level > 0; level--) {
        uint64_t last = align_down(va + bytes, sv39_page_bytes(level));
        if (last > va && last < va + bytes)
            status = leaf_in_range(root, last, va + bytes - last, &slot, &page_bytes);
    }
    return status;
}

status_t sv39_unmap(paddr_t root, uint64_t va, size_t bytes) {
    if (!is_range(va, bytes))
        return ERR_INVALID;
    status_t status = split_ends(root, va, bytes);
    for (size_t done = 0, page_bytes; status == OK && done < bytes; done += page_bytes) {
        pte_t *slot;
        status = leaf_in_range(root, va + done, bytes - done, &slot, &page_bytes);
        if (status != OK)
            break;
        if (slot != NULL) {
            *slot = 0;
            sv39_nr_tables -= page_bytes > PAGE_SIZE;
        }
        bool last_of_table = is_aligned(va + done + page_bytes, sv39_page_bytes(SV39_2M));
        if (last_of_table || done + page_bytes >= bytes)
            tables_prune(root, va + done);
    }
    return status;
}

status_t sv39_protect(paddr_t root, uint64_t va, size_t bytes, uint32_t flags) {
    if (!is_range(va, bytes) || !are_leaf_flags(flags) || (flags & ~RWX) != 0)
        return ERR_INVALID;
    pte_t *slot;
    size_t page_bytes;
    for (size_t done = 0; done < bytes; done += page_bytes) {
        int level = 0;
        if (!(*slot_find(root, va + done, &level) & SV39_V))
            return ERR_NOT_FOUND;
        page_bytes = rest_of_page(va + done, level);
    }
    status_t status = split_ends(root, va, bytes);
    for (size_t done = 0; status == OK && done < bytes; done += page_bytes) {
        status = leaf_in_range(root, va + done, bytes - done, &slot, &page_bytes);
        if (status == OK)
            *slot = (*slot & ~(pte_t)RWX) | flags;
    }
    return status;
}

void sv39_replace(paddr_t root, uint64_t va, paddr_t frame) {
    int level = 0;
    pte_t *slot = slot_find(root, va, &level);
    *slot = pte_make(frame, *slot & FLAG_BITS);
}

static bool describe(paddr_t root, uint64_t va, struct sv39_mapping *out, int *level) {
    *level = 0;
    pte_t pte = *slot_find(root, va, level);
    if (!(pte & SV39_V))
        return false;
    *out = (struct sv39_mapping){
        .frame = paddr(pte_address(pte).raw + (va & (sv39_page_bytes(*level) - 1))),
        .flags = pte & 0xff,
        .size = *level,
    };
    return true;
}

status_t sv39_translate(paddr_t root, uint64_t va, struct sv39_mapping *out) {
    int level;
    return is_canonical(va) && describe(root, va, out, &level) ? OK : ERR_NOT_FOUND;
}

size_t sv39_walk(paddr_t root, uint64_t va, size_t bytes, size_t nr_entries,
                 sv39_visit_fn *visit, void *context) {
    size_t done = 0;
    for (; done < bytes && nr_entries > 0; nr_entries--) {
        struct sv39_mapping mapping;
        int level;
        uint64_t at = va + done;
        bool mapped = describe(root, at, &mapping, &level);
        size_t page_bytes = rest_of_page(at, level);
        done = page_bytes > bytes - done ? bytes : done + page_bytes;
        if (mapped && !visit(context, at, &mapping))
            break;
    }
    return done;
}

uint64_t sv39_satp(paddr_t root, uint16_t asid) {
    return SATP_SV39 | (uint64_t)asid << 44 | root.raw >> PAGE_SHIFT;
}
