/* kernel/debug.h - pictures of the kernel's state, on the console. */
#pragma once

#include "lib/compiler.h"

/* The heap: a map of its blocks, free blocks per order, and the counts. */
void debug_print_heap(void);
