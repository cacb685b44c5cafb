/* user/servers/pager/space.c - see space.h. */
#include "user/servers/pager/space.h"
#include "kernel/abi/message.h"
#include "lib/bits.h"
#include "user/lib/layout.h"
#include "user/lib/pager.h"
#include "user/lib/space.h"
#include "user/lib/syscall.h"

#define BADGE_OF_SPACE ((uint64_t)1 << 63) /* init's own begin at 0 */
#define STACK_START    (USER_STACK_TOP - PAGER_STACK_BYTES)

static struct space spaces[SPACES_MAX];

/* ---- spaces ---- */

struct space *space_find(uint64_t badge) {
    for (size_t i = 0; i < SPACES_MAX; i++)
        if (spaces[i].process != 0 && spaces[i].badge == badge)
            return &spaces[i];
    return NULL;
}

/* A badge that no space had before, not even under a pager before this one, whose
 * clients' gates still lead here. */
static uint64_t badge_make(void) {
    static uint64_t last;
    uint64_t now_ns;
    (void)!clock_read(&now_ns);
    last = now_ns > last ? now_ns : last + 1;
    return last | BADGE_OF_SPACE;
}

/* `family` 0: its own. */
static status_t space_new(handle_t process, uint64_t family, struct space **out) {
    size_t nr_relatives = 0;
    *out = NULL;
    for (size_t i = 0; i < SPACES_MAX; i++) {
        if (spaces[i].process == 0)
            *out = &spaces[i];
        else
            nr_relatives += spaces[i].family == family;
    }
    if (*out == NULL || nr_relatives >= FAMILY_MAX) {
        (void)!handle_close(process);
        return ERR_FULL;
    }
    uint64_t badge = badge_make();
    **out = (struct space){process, badge, family == 0 ? badge : family, 0, {{0}}};
    return OK;
}

static void region_free(struct region *region) {
    if (region->backing == &region->own)
        backing_free(&region->own);
}

void space_drop(struct space *space) {
    for (size_t i = 0; i < space->nr_regions; i++)
        region_free(&space->regions[i]);
    (void)!handle_close(space->process);
    space->process = 0;
}

/* ---- regions ---- */

static uint64_t end_of(const struct backing *backing) {
    return backing->va + backing->nr_pages * USER_PAGE_BYTES;
}

/* The region that has a byte of [start, end), or NULL. */
static struct region *region_find(struct space *space, uint64_t start, uint64_t end) {
    for (size_t i = 0; i < space->nr_regions; i++) {
        struct backing *backing = space->regions[i].backing;
        if (start < end_of(backing) && backing->va < end)
            return &space->regions[i];
    }
    return NULL;
}

/* A place for one more, which counts once its backing is there. */
static status_t region_new(struct space *space, uint64_t flags, struct region **out) {
    if (space->nr_regions == REGIONS_MAX)
        return ERR_FULL;
    *out = &space->regions[space->nr_regions];
    **out = (struct region){.flags = flags};
    return OK;
}

static void region_share(struct space *space, struct region *region,
                         struct backing *backing) {
    region->backing = backing;
    space->nr_regions++;
}

/* A region of the process's own, to be read and written, with nothing in it. */
static status_t region_own(struct space *space, uint64_t va, size_t nr_pages,
                           struct region **out) {
    status_t st = region_new(space, MAP_READ | MAP_WRITE, out);
    if (st == OK)
        st = backing_init(&(*out)->own, space->process, va, nr_pages);
    if (st == OK)
        region_share(space, *out, &(*out)->own);
    return st;
}

status_t space_extend(struct space *space, uint64_t va, uint64_t nr_bytes) {
    struct region *region;
    if (!is_aligned(va | nr_bytes, USER_PAGE_BYTES))
        return ERR_MISALIGNED;
    if (nr_bytes == 0 || va < USER_START || va > STACK_START ||
        nr_bytes > STACK_START - USER_PAGE_BYTES - va)
        return ERR_INVALID;
    if (region_find(space, va, va + nr_bytes) != NULL)
        return ERR_OVERLAP;
    return region_own(space, va, nr_bytes / USER_PAGE_BYTES, &region);
}

/* ---- a program ---- */

static status_t segment_add(struct space *space, struct image *image, size_t i) {
    const struct elf_segment *segment = &image->elf.segments[i];
    struct region *region;
    if (segment_is_shared(segment)) {
        uint64_t flags = MAP_READ | (segment->flags & ELF_X ? MAP_EXECUTE : 0);
        status_t st = region_new(space, flags, &region);
        if (st == OK)
            region_share(space, region, &image->segments[i]);
        return st;
    }
    uint64_t va = layout_first_page(segment), nr_bytes = layout_pages_bytes(segment);
    if (va + nr_bytes > STACK_START - USER_PAGE_BYTES)
        return ERR_INVALID;
    status_t st = region_own(space, va, nr_bytes / USER_PAGE_BYTES, &region);
    if (st != OK)
        return st;
    region->own.bytes_va = segment->vaddr;
    region->own.bytes = image->file + segment->file_offset;
    region->own.nr_bytes = segment->file_bytes;
    return OK;
}

status_t space_load(handle_t process, struct image *image, struct space **out) {
    struct region *stack;
    status_t st = space_new(process, 0, out);
    if (st != OK)
        return st;
    for (size_t i = 0; st == OK && i < image->elf.nr_segments; i++)
        st = segment_add(*out, image, i);
    if (st == OK)
        st = region_own(*out, STACK_START, PAGER_STACK_BYTES / USER_PAGE_BYTES, &stack);
    if (st == OK) /* the loader writes there before the process runs */
        st = space_fault(*out, FAULT_STORE, USER_STACK_TOP - 1);
    if (st != OK)
        space_drop(*out);
    return st;
}

/* ---- a fork ---- */

/* The parent's pages are unmapped first: from then on each access is asked for here. */
static status_t region_fork(struct space *parent, struct region *region,
                            struct space *child) {
    struct backing *backing = region->backing;
    struct region *copy;
    if (backing != &region->own) {
        status_t st = region_new(child, region->flags, &copy);
        if (st == OK)
            region_share(child, copy, backing);
        return st;
    }
    status_t st = region_own(child, backing->va, backing->nr_pages, &copy);
    if (st != OK)
        return st;
    copy->is_lent = region->is_lent = true;
    st = space_unmap(parent->process, backing->va, backing->nr_pages * USER_PAGE_BYTES);
    return st == OK ? backing_lend(backing, &copy->own) : st;
}

status_t space_fork(struct space *parent, handle_t process, struct space **out) {
    status_t st = space_new(process, parent->family, out);
    if (st != OK)
        return st;
    for (size_t i = 0; st == OK && i < parent->nr_regions; i++)
        st = region_fork(parent, &parent->regions[i], *out);
    if (st != OK)
        space_drop(*out);
    return st;
}

/* ---- faults ---- */

static uint64_t flag_of(uint64_t kind) {
    switch (kind) {
    case FAULT_EXECUTE: return MAP_EXECUTE;
    case FAULT_LOAD: return MAP_READ;
    case FAULT_STORE: return MAP_WRITE;
    default: return 0;
    }
}

/* Nobody else has the page any more when it becomes writable (S1). */
static status_t page_unshare(const struct space *space, const struct backing *backing,
                             uint64_t va) {
    uint64_t offset = va - backing->va;
    status_t st = space_unshare(backing->memory, offset, USER_PAGE_BYTES);
    if (st == ERR_BUSY) { /* mapped in many rows: the others come back when touched */
        st =
            space_unmap(space->process, backing->va, backing->nr_pages * USER_PAGE_BYTES);
        if (st == OK)
            st = space_unshare(backing->memory, offset, USER_PAGE_BYTES);
    }
    if (st == OK)
        st = space_unmap(space->process, va, USER_PAGE_BYTES);
    return st == OK ? backing_map(backing, va, space->process, backing->memory,
                                  MAP_READ | MAP_WRITE)
                    : st;
}

status_t space_fault(struct space *space, uint64_t kind, uint64_t address) {
    uint64_t flag = flag_of(kind), va = align_down(address, USER_PAGE_BYTES);
    struct region *region = region_find(space, address, address + 1);
    if (region == NULL || (region->flags & flag) == 0)
        return ERR_INVALID;
    struct backing *backing = region->backing;
    bool is_new = !backing_is_filled(backing, va);
    status_t st = backing_fill(backing, va);
    if (st != OK)
        return st;
    if (backing != &region->own)
        return backing_map(backing, va, space->process, backing->read_only,
                           region->flags);
    if (is_new) /* nobody else can have it yet */
        return space_map(space->process, backing->memory, va, va - backing->va,
                         USER_PAGE_BYTES, MAP_READ | MAP_WRITE);
    if (flag == MAP_WRITE || !region->is_lent)
        return page_unshare(space, backing, va);
    return backing_map(backing, va, space->process, backing->read_only, MAP_READ);
}
