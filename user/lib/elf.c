/* user/lib/elf.c - read the program headers of a RISC-V ELF64 executable.
 *
 * Every field is hostile until checked: it is copied out with memcpy(), so the file may
 * lie at any address, and every sum is checked before it is used.
 * Invariant E1: nothing outside [file, file + file_bytes) is read. */
#include "user/lib/elf.h"
#include "lib/string.h"

struct elf_header { /* Elf64_Ehdr */
    uint8_t ident[16];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t phoff;
    uint64_t shoff;
    uint32_t flags;
    uint16_t ehsize;
    uint16_t phentsize;
    uint16_t phnum;
    uint16_t shentsize;
    uint16_t shnum;
    uint16_t shstrndx;
};

struct elf_program_header { /* Elf64_Phdr */
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t filesz;
    uint64_t memsz;
    uint64_t align;
};

_Static_assert(sizeof(struct elf_header) == 64, "as the specification has it");
_Static_assert(sizeof(struct elf_program_header) == 56, "as the specification has it");

enum {
    IDENT_CLASS = 4,
    IDENT_DATA = 5,
    CLASS_64 = 2,
    DATA_LITTLE = 1,
    TYPE_EXECUTABLE = 2,
    MACHINE_RISCV = 243,
    VERSION_CURRENT = 1,
    SEGMENT_LOAD = 1,
    SEGMENT_DYNAMIC = 2,
    SEGMENT_INTERPRETER = 3,
};

/* [start, start + bytes) does not wrap and ends at or before `limit`. */
static bool fits(uint64_t start, uint64_t bytes, uint64_t limit) {
    return bytes <= limit && start <= limit - bytes;
}

/* NULL if the header is one that we run, else why not. */
static const char *header_fault(const struct elf_header *h, size_t file_bytes) {
    if (memcmp(h->ident, "\177ELF", 4) != 0)
        return "it does not start with the ELF magic";
    if (h->ident[IDENT_CLASS] != CLASS_64)
        return "it is not a 64-bit file";
    if (h->ident[IDENT_DATA] != DATA_LITTLE)
        return "it is not little-endian";
    if (h->machine != MACHINE_RISCV)
        return "it is for another machine than RISC-V";
    if (h->version != VERSION_CURRENT)
        return "its ELF version is unknown";
    if (h->type != TYPE_EXECUTABLE)
        return "it is not an executable linked at a fixed address";
    if (h->phnum == 0)
        return "it has no program headers";
    if (h->phentsize != sizeof(struct elf_program_header))
        return "its program headers have the wrong size";
    if (!fits(h->phoff, (uint64_t)h->phnum * h->phentsize, file_bytes))
        return "its program headers lie beyond the end of the file";
    return NULL;
}

static bool segments_overlap(const struct elf_segment *a, const struct elf_segment *b) {
    return a->vaddr < b->vaddr + b->memory_bytes && b->vaddr < a->vaddr + a->memory_bytes;
}

/* Check one PT_LOAD and add it to `out`.  NULL, or why it is refused. */
static const char *segment_add(const struct elf_program_header *p, size_t file_bytes,
                               struct elf_image *out) {
    if (p->filesz > p->memsz)
        return "a segment has more bytes in the file than in memory";
    if (!fits(p->offset, p->filesz, file_bytes))
        return "a segment's contents lie beyond the end of the file";
    if (!fits(p->vaddr, p->memsz, UINT64_MAX))
        return "a segment wraps past the end of the address space";
    if (p->memsz == 0)
        return NULL;
    if (out->nr_segments == ELF_SEGMENTS_MAX)
        return "it has too many segments";

    struct elf_segment segment = {
        .vaddr = p->vaddr,
        .memory_bytes = p->memsz,
        .file_offset = p->offset,
        .file_bytes = p->filesz,
        .flags = p->flags & (ELF_X | ELF_W | ELF_R),
    };
    for (size_t i = 0; i < out->nr_segments; i++)
        if (segments_overlap(&segment, &out->segments[i]))
            return "two segments overlap";
    out->segments[out->nr_segments] = segment;
    out->nr_segments++;
    return NULL;
}

static bool entry_is_executable(const struct elf_image *image) {
    for (size_t i = 0; i < image->nr_segments; i++) {
        const struct elf_segment *s = &image->segments[i];
        if ((s->flags & ELF_X) && image->entry >= s->vaddr &&
            image->entry - s->vaddr < s->memory_bytes)
            return true;
    }
    return false;
}

static const char *file_fault(const uint8_t *file, size_t file_bytes,
                              struct elf_image *out) {
    struct elf_header header;
    if (file_bytes < sizeof(header))
        return "it is shorter than an ELF header";
    memcpy(&header, file, sizeof(header));
    const char *why = header_fault(&header, file_bytes);
    if (why != NULL)
        return why;

    out->entry = header.entry;
    out->e_flags = header.flags;
    out->nr_segments = 0;
    for (size_t i = 0; i < header.phnum; i++) {
        struct elf_program_header p;
        memcpy(&p, file + header.phoff + i * sizeof(p), sizeof(p));
        if (p.type == SEGMENT_DYNAMIC || p.type == SEGMENT_INTERPRETER)
            return "it is dynamically linked";
        if (p.type != SEGMENT_LOAD)
            continue;
        why = segment_add(&p, file_bytes, out);
        if (why != NULL)
            return why;
    }
    if (out->entry % 2 != 0)
        return "its entry is at an odd address";
    if (!entry_is_executable(out))
        return "its entry lies in no executable segment";
    return NULL;
}

status_t elf_parse(const void *file, size_t file_bytes, struct elf_image *out,
                   const char **why) {
    const char *fault = file_fault(file, file_bytes, out);
    if (fault == NULL)
        return OK;
    *why = fault;
    return ERR_FORMAT;
}
