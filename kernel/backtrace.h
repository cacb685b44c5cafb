/* kernel/backtrace.h - who called whom, by frame pointers, with names. */
#pragma once

#include "lib/compiler.h"

/* The function that contains `pc`, and how far into it; NULL if no symbol is known. */
const char *symbol_find(uintptr_t pc, size_t *offset);

/* Print a line for each caller of the frame. */
void backtrace_print(uintptr_t frame_pointer);

/* The same for code stopped by a trap, from the registers of that moment, whatever is in
 * them: only mapped stacks are read. */
void backtrace_print_trap(uintptr_t pc, uintptr_t return_address,
                          uintptr_t frame_pointer);
