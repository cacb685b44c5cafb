/* kernel/abi/flat.h - the first program, init: what the kernel is given of it, and what
 * it is given by the kernel.
 *
 * It is not ELF but the bytes that memory is to hold: this header, which
 * user/servers/init/start.c fills, then text, constants and data, each part on pages of
 * its own.  What is to be zero at the end, and the stack, are left out. */
#pragma once

#include "kernel/abi/syscall.h"

enum { FLAT_TEXT, FLAT_RODATA, FLAT_DATA, FLAT_STACK, FLAT_PARTS };

/* Addresses of the program's. */
struct flat_header {
    uint64_t start; /* of this header, on a page */
    uint64_t entry;
    struct {
        uint64_t start, end;
        uint64_t flags; /* of enum map_flags */
    } parts[FLAT_PARTS];
};

/* What the first thread finds in its message buffer when it begins. */
struct first_block {
    uint64_t system;        /* a handle to the system, with all rights       */
    uint64_t process;       /* a handle to init's own process                */
    uint64_t initrd;        /* a handle to memory to be read, or 0           */
    uint64_t initrd_offset; /* where in it the archive begins          */
    uint64_t initrd_bytes;
    char bootargs[]; /* the boot command line; kernel/abi/bootargs.h   */
};
