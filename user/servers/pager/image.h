/* user/servers/pager/image.h - programs of the initrd, and the pages of them that all who
 * run them share: text and constants.
 *
 * Such a page is copied out of the initrd when the first process touches it, and stays
 * for those that come later. */
#pragma once

#include "user/lib/elf.h"
#include "user/servers/pager/backing.h"

struct image {
    const char *file; /* in the initrd; NULL: this place is free */
    struct elf_image elf;
    struct backing segments[ELF_SEGMENTS_MAX]; /* of those that nobody may write */
};

static inline bool segment_is_shared(const struct elf_segment *segment) {
    return (segment->flags & ELF_W) == 0;
}

/* Once, before the first image_find(): map the initrd. */
MUST_CHECK status_t image_init(void);

/* The program of that name, of `name_bytes` bytes.  ERR_NOT_FOUND, ERR_FORMAT,
 * ERR_INVALID (the layout), ERR_FULL (64 programs), ERR_QUOTA, ERR_NO_MEMORY. */
MUST_CHECK status_t image_find(const char *name, size_t name_bytes, struct image **out);
