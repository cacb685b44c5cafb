/* user/lib/cpio.h - find files in a "new ASCII" cpio archive (cpio -H newc), in place.
 *
 * Each file is a header of 110 ASCII bytes, its name, and its data, both padded to 4.
 * Source: cpio(5), "New ASCII Format".   Nothing is copied, and nothing read past the
 * end. */
#pragma once

#include "lib/status.h"

struct cpio_file {
    const char *name; /* terminated, inside the archive; a leading "./" is skipped */
    const void *data;
    size_t data_bytes;
    uint32_t mode;
};

/* The file at `*cursor` (0 at first) in `out`, the cursor moved past it.
 * OK, ERR_NOT_FOUND at the trailer, ERR_FORMAT if the archive is malformed or cut
 * short. */
MUST_CHECK status_t cpio_next(const void *archive, size_t archive_bytes, size_t *cursor,
                              struct cpio_file *out);

/* The first regular file of that name: OK, ERR_NOT_FOUND or ERR_FORMAT. */
MUST_CHECK status_t cpio_find(const void *archive, size_t archive_bytes, const char *name,
                              struct cpio_file *out);
