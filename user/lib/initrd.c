/* user/lib/initrd.c - see initrd.h. */
#include "user/lib/initrd.h"
#include "kernel/abi/addresses.h"
#include "lib/bits.h"
#include "user/lib/space.h"
#include "user/lib/start.h"

#define INITRD_AT ((uint64_t)1 << 32)

static const void *archive; /* NULL: it is not mapped */

/* Map it, the first time. */
static status_t open(void) {
    uint64_t offset = own_start->initrd_offset;
    size_t nr_bytes = align_up(offset + own_start->initrd_bytes, USER_PAGE_BYTES);
    if (archive != NULL)
        return OK;
    if (own_start->initrd == 0)
        return ERR_HANDLE;
    status_t st = space_map(own_process, (handle_t)own_start->initrd, INITRD_AT, 0,
                            nr_bytes, MAP_READ);
    if (st == OK)
        archive = (const void *)(INITRD_AT + offset);
    return st;
}

status_t initrd_find(const char *name, struct cpio_file *out) {
    status_t st = open();
    return st != OK ? st : cpio_find(archive, own_start->initrd_bytes, name, out);
}

status_t initrd_next(size_t *cursor, struct cpio_file *out) {
    status_t st = open();
    return st != OK ? st : cpio_next(archive, own_start->initrd_bytes, cursor, out);
}

const char *initrd_why(status_t st) {
    switch (st) {
    case ERR_HANDLE: return "cannot run it, there is no initrd";
    case ERR_NOT_FOUND: return "no such program in the initrd";
    case ERR_FORMAT: return "the initrd is malformed, or cut short";
    default: return status_text(st);
    }
}
