/* kernel/mapping.c - see mapping.h.
 *
 * Invariant A1: every user page in a table is a thread's message buffer or in a record.
 * Invariant A2: the records of a process do not overlap, and its list is sorted; none of
 *               them ends inside a large page.
 * Invariant A3: a process pays for each of its tables, and as much for a large page,
 *               which may have to become one. */
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/panic.h"
#include "kernel/space.h"
#include "kernel/syscall.h"
#include "lib/bits.h"
#include "mm/sv39.h"

#define PAGES_AT_ONCE  32
#define LARGE_BYTES    sv39_page_bytes(SV39_2M)
#define LARGE_PAGES    (LARGE_BYTES / PAGE_SIZE)
#define SPLITS_AT_ONCE 2 /* of large pages */

_Static_assert(MAP_READ << 1 == SV39_R && MAP_WRITE << 1 == SV39_W &&
                   MAP_EXECUTE << 1 == SV39_X,
               "flags are those of an entry");
_Static_assert(RIGHT_MAP_READ >> 2 == MAP_READ && RIGHT_MAP_WRITE >> 2 == MAP_WRITE &&
                   RIGHT_MAP_EXECUTE >> 2 == MAP_EXECUTE,
               "rights to a memory are flags, moved");

/* ---- pieces ---- */

/* How many small pages from `va` on are done in one go: what begins in front of a large
 * page ends there. */
static size_t small_piece(uint64_t va, size_t nr_pages) {
    size_t most = LARGE_PAGES - va / PAGE_SIZE % LARGE_PAGES;
    if (most > PAGES_AT_ONCE)
        most = PAGES_AT_ONCE;
    return nr_pages < most ? nr_pages : most;
}

static bool is_in_large(const struct process *process, uint64_t va) {
    struct sv39_mapping page;
    return sv39_translate(process->root, va, &page) == OK && page.size == SV39_2M;
}

/* How many of `nr_pages` from `va` on can be changed in one go: a large page is not cut
 * without need. */
static size_t piece_at(const struct process *process, uint64_t va, size_t nr_pages) {
    if (nr_pages >= LARGE_PAGES && is_aligned(va, LARGE_BYTES) &&
        is_in_large(process, va))
        return LARGE_PAGES;
    return small_piece(va, nr_pages);
}

/* ---- records ---- */

FRAMELESS status_t mapping_check_flags(uint64_t flags, uint64_t allowed) {
    bool writes = (flags & MAP_WRITE) != 0;
    if (flags == 0 || flags > (MAP_READ | MAP_WRITE | MAP_EXECUTE) ||
        (writes && (flags & MAP_READ) == 0))
        return ERR_INVALID;
    bool is_wx = writes && (flags & MAP_EXECUTE) != 0;
    bool is_allowed = (flags & ~allowed) == 0;
    return is_allowed && (!is_wx || (allowed & MAP_WX)) ? OK : ERR_RIGHTS;
}

static uint64_t end_of(const struct mapping *mapping) {
    return mapping->va + mapping->nr_pages * PAGE_SIZE;
}

static struct mapping *mapping_of(struct list *process_link) {
    return LIST_ENTRY(process_link, struct mapping, process_link);
}

/* The first that ends above `va`, or NULL. */
static struct mapping *mapping_find(struct process *process, uint64_t va) {
    LIST_FOR_EACH(mapping, &process->mappings, struct mapping, process_link)
        if (end_of(mapping) > va)
            return mapping;
    return NULL;
}

/* A record like `model`, in both lists; in its process's behind `before`. */
static status_t mapping_insert(const struct mapping *model, struct list *before,
                               struct mapping **out) {
    struct process *process = model->process;
    if (process->nr_mappings == MAPPINGS_MAX)
        return ERR_FULL;
    status_t st = process_kzalloc(process, sizeof(**out), (void **)out);
    if (st != OK)
        return st;
    **out = *model;
    list_push(before, &(*out)->process_link);
    list_append(&model->memory->mappings, &(*out)->memory_link);
    process->nr_mappings++;
    return OK;
}

static void mapping_free(struct mapping *mapping) {
    struct process *process = mapping->process;
    struct memory *memory = mapping->memory;
    list_remove(&mapping->process_link);
    list_remove(&mapping->memory_link);
    process->nr_mappings--;
    process_kfree(process, mapping, sizeof(*mapping));
    memory_settle(memory);
}

static bool are_one_row(const struct mapping *mapping, const struct mapping *next) {
    return next->va == end_of(mapping) && next->memory == mapping->memory &&
           next->first == mapping->first + mapping->nr_pages &&
           next->flags == mapping->flags && next->allowed == mapping->allowed;
}

/* Make one of a record and the next, if they are one row. */
static void mapping_join(struct process *process, struct list *link) {
    if (link == &process->mappings || link->next == &process->mappings)
        return;
    struct mapping *mapping = mapping_of(link), *next = mapping_of(link->next);
    if (!are_one_row(mapping, next))
        return;
    mapping->nr_pages += next->nr_pages;
    mapping_free(next);
}

/* Cut a record: `*rest` begins with page `nr_pages` of it, which it has. */
static status_t mapping_cut(struct mapping *mapping, size_t nr_pages,
                            struct mapping **rest) {
    struct mapping model = *mapping;
    model.va += nr_pages * PAGE_SIZE;
    model.first += nr_pages;
    model.nr_pages -= nr_pages;
    status_t st = mapping_insert(&model, &mapping->process_link, rest);
    if (st == OK)
        mapping->nr_pages = nr_pages;
    return st;
}

/* ---- map ---- */

/* Fewer pages of the record than it wants, if more would take too long: those of a large
 * page, or a few.  All that remain have frames. */
static status_t limit_to_piece(struct mapping *mapping) {
    struct memory *memory = mapping->memory;
    size_t first = mapping->first;
    if (mapping->nr_pages >= LARGE_PAGES && is_aligned(mapping->va, LARGE_BYTES) &&
        memory_run(memory, first, LARGE_PAGES) == LARGE_PAGES &&
        is_aligned(memory_frame(memory, first).raw, LARGE_BYTES))
        mapping->nr_pages = LARGE_PAGES;
    else
        mapping->nr_pages = small_piece(mapping->va, mapping->nr_pages);
    return memory_commit(memory, first, mapping->nr_pages, &mapping->nr_pages);
}

/* Enter the pages of the record into the table, each row of frames at once; on an error
 * the record keeps those that are there. */
static status_t mapping_enter(struct mapping *mapping) {
    size_t done = 0, length;
    for (; done < mapping->nr_pages; done += length) {
        size_t page = mapping->first + done;
        length = memory_run(mapping->memory, page, mapping->nr_pages - done);
        status_t st = space_map(mapping->process, mapping->va + done * PAGE_SIZE,
                                memory_frame(mapping->memory, page), length * PAGE_SIZE,
                                mapping->flags);
        if (st != OK) {
            mapping->nr_pages = done;
            return done > 0 ? OK : st;
        }
    }
    return OK;
}

/* What pagers do all the time: one page more behind a record, in a table that is there.
 * False if it is not that, or cannot be. */
static bool mapping_extend(struct mapping *mapping, const struct mapping *wanted) {
    struct process *process = mapping->process;
    paddr_t frame;
    if (wanted->nr_pages != 1 || !are_one_row(mapping, wanted) ||
        memory_page(wanted->memory, wanted->first, &frame) != OK ||
        !sv39_map_page(process->root, wanted->va, frame, wanted->flags << 1 | SV39_U))
        return false;
    mapping->nr_pages++;
    space_flush(process, (wanted->flags & MAP_EXECUTE) != 0);
    mapping_join(process, &mapping->process_link);
    return true;
}

/* A record of its own, behind `before`: what fits before the next, a piece at most. */
static NOINLINE status_t mapping_begin(struct mapping *wanted, struct list *before,
                                       size_t *nr_done) {
    struct mapping *mapping = mapping_of(before->next);
    if (before->next != &wanted->process->mappings && mapping->va < end_of(wanted))
        wanted->nr_pages = (mapping->va - wanted->va) / PAGE_SIZE;
    status_t st = limit_to_piece(wanted);
    if (st == OK)
        st = mapping_insert(wanted, before, &mapping);
    if (st != OK)
        return st;
    st = mapping_enter(mapping);
    *nr_done = mapping->nr_pages;
    if (st != OK) {
        mapping_free(mapping);
        return st;
    }
    mapping_join(mapping->process, &mapping->process_link);
    mapping_join(mapping->process, before);
    return OK;
}

FRAMELESS status_t mapping_add(struct mapping *wanted, size_t *nr_done) {
    struct process *process = wanted->process;
    struct mapping *next = mapping_find(process, wanted->va);
    struct list *before = next == NULL ? process->mappings.prev : next->process_link.prev;
    if (next != NULL && next->va <= wanted->va)
        return ERR_OVERLAP;
    *nr_done = 1;
    if (before != &process->mappings && mapping_extend(mapping_of(before), wanted))
        return OK;
    return mapping_begin(wanted, before, nr_done);
}

FRAMELESS status_t sys_process_map(struct process *process, struct handle_entry *handle,
                                   uint64_t va, uint64_t offset, size_t nr_bytes,
                                   uint64_t flags, uint64_t *done_bytes) {
    struct mapping wanted; /* but for its links */
    wanted.process = process;
    wanted.memory = handle->object->body;
    wanted.va = va;
    wanted.nr_pages = nr_bytes / PAGE_SIZE;
    wanted.first = offset / PAGE_SIZE;
    wanted.flags = (uint32_t)flags;
    wanted.allowed = handle->rights >> 2 & MAP_ALLOWED_BITS;
    size_t nr_done = 0;
    status_t st = pages_check(va, nr_bytes, USER_START, USER_BUFFERS);
    if (st == OK)
        st = memory_check_part(wanted.memory, offset, nr_bytes);
    if (st == OK)
        st = mapping_check_flags(flags, wanted.allowed);
    if (st == OK)
        st = mapping_add(&wanted, &nr_done);
    *done_bytes = nr_done * PAGE_SIZE;
    return st;
}

status_t mapping_add_new(struct process *process, uint64_t va, size_t nr_pages,
                         uint32_t flags, struct memory **out) {
    status_t st = memory_create(process, nr_pages, out);
    if (st != OK)
        return st;
    struct mapping wanted = {.process = process, .memory = *out, .flags = flags};
    for (size_t nr_done; st == OK && wanted.first < nr_pages; wanted.first += nr_done) {
        wanted.va = va + wanted.first * PAGE_SIZE;
        wanted.nr_pages = nr_pages - wanted.first;
        wanted.allowed = flags;
        nr_done = 0;
        st = mapping_add(&wanted, &nr_done);
    }
    object_drop((*out)->object); /* it stays while it is mapped */
    return st;
}

/* ---- unmap, protect ---- */

/* Take the first pages of a record away, and the record with the last. */
static status_t mapping_shrink(struct mapping *mapping, size_t nr_pages) {
    status_t st = space_unmap(mapping->process, mapping->va, nr_pages * PAGE_SIZE);
    if (st != OK)
        return st;
    mapping->va += nr_pages * PAGE_SIZE;
    mapping->first += nr_pages;
    mapping->nr_pages -= nr_pages;
    if (mapping->nr_pages == 0)
        mapping_free(mapping);
    return OK;
}

/* The record that begins at `va`, cut off another if need be, or NULL.  `*nr_pages`
 * becomes how many pages of it are a piece; or how far it is to the next record. */
static status_t mapping_from(struct process *process, uint64_t va, size_t *nr_pages,
                             struct mapping **out) {
    struct mapping *found = mapping_find(process, va);
    status_t st = OK;
    if (found != NULL && found->va < va)
        st = mapping_cut(found, (va - found->va) / PAGE_SIZE, &found);
    *out = found != NULL && found->va == va ? found : NULL;
    size_t most = *out != NULL    ? found->nr_pages
                  : found != NULL ? (found->va - va) / PAGE_SIZE
                                  : SIZE_MAX;
    if (*nr_pages > most)
        *nr_pages = most;
    if (st == OK && *out != NULL)
        *nr_pages = piece_at(process, va, *nr_pages);
    return st;
}

status_t sys_process_unmap(struct process *process, uint64_t va, size_t nr_bytes,
                           uint64_t *done_bytes) {
    struct mapping *mapping = NULL;
    size_t nr_pages = nr_bytes / PAGE_SIZE;
    status_t st = pages_check(va, nr_bytes, USER_START, USER_BUFFERS);
    if (st == OK)
        st = mapping_from(process, va, &nr_pages, &mapping);
    if (st == OK && mapping != NULL) {
        struct list *before = mapping->process_link.prev;
        st = mapping_shrink(mapping, nr_pages);
        if (st != OK)
            mapping_join(process, before);
    }
    *done_bytes = st == OK ? nr_pages * PAGE_SIZE : 0;
    return st;
}

/* Give pages of a record other flags; they become a record of their own, or part of one
 * beside them that is like them. */
static status_t flags_set(struct mapping *mapping, size_t nr_pages, uint64_t flags) {
    struct process *process = mapping->process;
    struct list *before = mapping->process_link.prev;
    struct mapping *rest;
    status_t st = mapping_check_flags(flags, mapping->allowed);
    if (st == OK && nr_pages < mapping->nr_pages)
        st = mapping_cut(mapping, nr_pages, &rest);
    if (st == OK)
        st = sv39_protect(process->root, mapping->va, nr_pages * PAGE_SIZE,
                          (uint32_t)flags << 1);
    if (st == OK)
        mapping->flags = (uint32_t)flags;
    space_flush(process, (flags & MAP_EXECUTE) != 0);
    mapping_join(process, &mapping->process_link);
    mapping_join(process, before);
    return st;
}

status_t sys_process_protect(struct process *process, uint64_t va, size_t nr_bytes,
                             uint64_t flags, uint64_t *done_bytes) {
    struct mapping *mapping;
    size_t nr_pages = nr_bytes / PAGE_SIZE;
    status_t st = pages_check(va, nr_bytes, USER_START, USER_BUFFERS);
    if (st == OK)
        st = mapping_from(process, va, &nr_pages, &mapping);
    if (st == OK)
        st = mapping == NULL ? ERR_NOT_FOUND : flags_set(mapping, nr_pages, flags);
    *done_bytes = st == OK ? nr_pages * PAGE_SIZE : 0;
    return st;
}

/* The address of a page of the memory in a record of it; 0 if it is not there. */
static uint64_t va_of(const struct mapping *mapping, size_t page) {
    size_t index = page - mapping->first;
    return index < mapping->nr_pages ? mapping->va + index * PAGE_SIZE : 0;
}

status_t mapping_replace(struct memory *memory, size_t page, paddr_t frame) {
    unsigned nr_records = 0, nr_splits = 0;
    LIST_FOR_EACH(mapping, &memory->mappings, struct mapping, memory_link) {
        nr_records++;
        if (nr_records > REPLACE_MAX)
            return ERR_BUSY;
        uint64_t va = va_of(mapping, page);
        nr_splits += va != 0 && is_in_large(mapping->process, va);
        if (nr_splits > SPLITS_AT_ONCE)
            return ERR_AGAIN;
        status_t st = va == 0 ? OK /* else: only to split a large page */
                              : sv39_protect(mapping->process->root, va, PAGE_SIZE,
                                             mapping->flags << 1);
        if (st != OK)
            return st;
    }
    /* commit */
    LIST_FOR_EACH(mapping, &memory->mappings, struct mapping, memory_link) {
        uint64_t va = va_of(mapping, page);
        if (va != 0)
            sv39_replace(mapping->process->root, va, frame);
        space_flush(mapping->process, (mapping->flags & MAP_EXECUTE) != 0);
    }
    return OK;
}

/* ---- the end ---- */

/* Whole records end whole (A2), so nothing need be cut, and nothing can fail. */
static void mapping_take_down(struct mapping *mapping) {
    size_t nr_pages = piece_at(mapping->process, mapping->va, mapping->nr_pages);
    status_t st = mapping_shrink(mapping, nr_pages);
    ASSERT_EQUAL(st, OK, "to unmap whole pages needs no memory");
}

bool mapping_reap(struct process *process) {
    if (list_is_empty(&process->mappings))
        return false;
    mapping_take_down(mapping_of(process->mappings.next));
    return true;
}

bool mapping_revoke(struct memory *memory) {
    if (list_is_empty(&memory->mappings))
        return false;
    mapping_take_down(LIST_ENTRY(memory->mappings.next, struct mapping, memory_link));
    return true;
}
