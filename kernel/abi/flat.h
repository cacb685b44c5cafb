/* kernel/abi/flat.h - a program as the bytes that memory is to hold, without ELF.
 *
 * It begins with this header, which user/servers/flat.S fills, followed by text,
 * constants and data, each part on pages of its own; what is to be zero at the end is
 * left out. */
#pragma once

#include "lib/compiler.h"

/* Addresses of the program's. */
struct flat_header {
    uint64_t start; /* of this header, on a page */
    uint64_t entry;
    uint64_t text_end;
    uint64_t rodata_start, rodata_end;
    uint64_t data_start, bss_end;
};
