/* kernel/first.h - the first process: init, whose program is in the kernel's image. */
#pragma once

#include "lib/range.h"

/* What is in use, counted before and after something that must leave nothing behind: a
 * test, a run of programs. */
struct holdings {
    size_t heap_bytes; /* in use, after the caches returned what they keep at hand */
    size_t free_frames;
    size_t nr_objects;
};
struct holdings holdings_count(void);

/* Run init with the boot command line, all rights to the system, and the initrd to read
 * (empty: none).  When no process is left: count heap, frames and objects, and end
 * with power_finish(): the last 8 bits of init's exit code, or if they are 0, 1 if
 * `has_failed`, if init was killed or if something is missing.  Leaves the caller's stack
 * behind. */
NORETURN void first_run(const char *bootargs, struct range initrd, bool has_failed);
