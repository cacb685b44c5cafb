/* kernel/loader.h - run the programs that the boot option `app=` names, then power off.
 *
 * The list: `a,b` one after another, `a+b` at the same time, `"a 1 2"` with arguments,
 * `!a` is expected to fail.  All come from the initrd, a cpio archive.
 * In a larger system this is init's work, in user space. */
#pragma once

#include "lib/compiler.h"

/* Where the archive is (NULL, 0: there is none).  It is only read. */
void loader_init(const void *initrd, size_t initrd_bytes);

/* Run the list (may be empty), count heap and frames, and end with power_finish():
 * status 1 if `exit_status` is, if a program is missing or refused, ends otherwise than
 * expected, or if memory is missing afterwards.  Leaves the caller's stack behind. */
NORETURN void loader_run_apps(const char *list, unsigned exit_status);
