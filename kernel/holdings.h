/* kernel/holdings.h - what is in use, counted before and after something that must leave
 * nothing behind: a test, a run of programs. */
#pragma once

#include "lib/compiler.h"

struct holdings {
    size_t heap_bytes; /* in use, after the caches returned what they keep at hand */
    size_t free_frames;
    size_t nr_objects;
};

struct holdings holdings_count(void);
