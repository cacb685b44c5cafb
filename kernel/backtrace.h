/* kernel/backtrace.h - who called whom, by frame pointers, with names. */
#pragma once

#include "lib/compiler.h"

/* The function that contains `pc`, and how far into it; NULL if no symbol is known. */
const char *symbol_find(uintptr_t pc, size_t *offset);

/* Print a line for `pc` (if not 0) and for each caller of the frame.  Any values may be
 * given: it only reads mapped stacks. */
void backtrace_print(uintptr_t pc, uintptr_t frame_pointer);
