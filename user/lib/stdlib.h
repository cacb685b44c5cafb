/* user/lib/stdlib.h - the part of C's <stdlib.h> that we use: memory, exit, numbers.
 *
 * The heap is a static array run by mm/buddy.c, the same source as the kernel's heap.
 * (rCore: HEAP_SPACE and USER_HEAP_SIZE in user_lib.) */
#pragma once

#include "lib/compiler.h"

#define USER_HEAP_SIZE ((size_t)0x40000) /* bytes */

struct buddy;

/* As C has them; malloc(0) gives a block of its own.  Every block is aligned to 32.
 * free() of what is no block of ours says why and ends the program. */
void *malloc(size_t nr_bytes);
void *calloc(size_t nr_items, size_t item_bytes);
void *realloc(void *block, size_t nr_bytes);
void free(void *block);

/* The heap behind them, for programs that show it. */
struct buddy *malloc_buddy(void);

NORETURN void exit(int code);
NORETURN void abort(void);

/* The decimal number that `text` begins with; 0 if it begins with none. */
int atoi(const char *text);

/* As C has it, overflow apart; the base is 10, 16, or 0 for what the text says. */
uint64_t strtoul(const char *text, const char **end, int base);
