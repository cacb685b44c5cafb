/* kernel/backtrace.h - who called whom, by frame pointers, with names. */
#pragma once

#include "lib/compiler.h"

/* The function that contains `pc`, and how far into it; NULL if no symbol is known. */
const char *symbol_find(uintptr_t pc, size_t *offset);

/* The return addresses of the frame and those around it that lie in kernel text behind
 * `skipped_end`, innermost first, at most `nr_max`.  Returns how many. */
size_t backtrace_collect(uintptr_t frame_pointer, uintptr_t skipped_end,
                         uint64_t *callers, size_t nr_max);

/* True if the byte is in a stack of a hart, and so is mapped. */
bool stack_contains(uintptr_t address);

/* Print a line for `pc`, and for each caller, from the registers of that moment, whatever
 * is in them: only mapped stacks are read.  A `pc` that is the return address stands for
 * the call before it. */
void backtrace_print(uintptr_t pc, uintptr_t return_address, uintptr_t frame_pointer);
