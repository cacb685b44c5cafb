/* user/lib/layout.h - where the parts of a program go: its segments, and what
 * it is born with.
 *
 * Pure: it decides, and loader.c does as decided.   Caller: loader.c. */
#pragma once

#include "user/lib/start_block.h"
#include "user/lib/elf.h"

#define PROGRAM_ARGUMENTS_MAX 16
#define PROGRAM_SEGMENT_MAX   ((uint64_t)16 << 20) /* bytes of memory, each */

/* NULL if all segments can be mapped as they want, else why not: no page is writable and
 * executable at once, no two segments share a page, all are where programs may be. */
MUST_CHECK const char *layout_fault(const struct elf_image *image);

/* The pages of a segment: from its first byte's to its last byte's. */
uint64_t layout_first_page(const struct elf_segment *segment);
uint64_t layout_pages_bytes(const struct elf_segment *segment);

/* The top of a stack: the start block, the array of pointers to the arguments with its
 * NULL, and the arguments. */
#define LAYOUT_STACK_MAX 2048 /* bytes */
struct layout_stack {
    uint64_t address; /* of the block, and the first sp */
    size_t nr_bytes;
    union {
        struct start_block block;
        uint8_t bytes[LAYOUT_STACK_MAX];
    };
};

/* Lay it out so that it ends at `stack_top`, which is aligned to 16; the handles in the
 * block are 0.  ERR_TOO_SMALL if the arguments do not fit. */
MUST_CHECK status_t layout_stack(uint64_t stack_top, int nr_arguments,
                                 const char *const *arguments, struct layout_stack *out);
