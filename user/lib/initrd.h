/* user/lib/initrd.h - the files that came with the kernel, for who was given them.
 *
 * init has them, and whom init gave them to (user/lib/start_block.h). */
#pragma once

#include "user/lib/cpio.h"

/* The file of that name.  ERR_HANDLE: this program was given no initrd; ERR_FORMAT: it is
 * malformed, or cut short; ERR_NOT_FOUND; and those of space_map(). */
MUST_CHECK status_t initrd_find(const char *name, struct cpio_file *out);

/* The file at `*cursor`, 0 at first; ERR_NOT_FOUND at the end.  Else as above. */
MUST_CHECK status_t initrd_next(size_t *cursor, struct cpio_file *out);

/* Why a program of it cannot be run, in words: what initrd_find() returned. */
const char *initrd_why(status_t st);
