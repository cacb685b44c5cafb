/* user/lib/elf.h - read the program headers of a RISC-V ELF64 executable.
 *
 * Source: System V ABI, chapters 4 and 5; RISC-V ELF psABI.  Pure: it checks and reports,
 * and whoever loads decides where the bytes go. */
#pragma once

#include "lib/status.h"

#define ELF_SEGMENTS_MAX 8

enum elf_flags { ELF_X = 1, ELF_W = 2, ELF_R = 4 };

struct elf_segment {
    uint64_t vaddr;        /* where it wants to be */
    uint64_t memory_bytes; /* >= file_bytes; the rest is zeroes */
    uint64_t file_offset;
    uint64_t file_bytes;
    uint32_t flags; /* of enum elf_flags */
};

struct elf_image {
    uint64_t entry;
    uint32_t e_flags;
    size_t nr_segments;
    struct elf_segment segments[ELF_SEGMENTS_MAX]; /* PT_LOAD only, empty ones left out */
};

/* Check the whole of `file` and describe it in `out`.
 * ERR_FORMAT: not a 64-bit little-endian RISC-V executable, headers or contents beyond
 * the file, sizes that wrap, overlapping segments, an entry outside every executable
 * segment; `*why` then says which (never NULL).  `out` is undefined on error. */
MUST_CHECK status_t elf_parse(const void *file, size_t file_bytes, struct elf_image *out,
                              const char **why);
