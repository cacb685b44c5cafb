/* user/lib/layout.c - see layout.h. */
#include "user/lib/layout.h"
#include "kernel/abi/addresses.h"
#include "lib/bits.h"
#include "lib/string.h"

#define STACK_ALIGN 16 /* RISC-V ELF psABI, 2.1 */

uint64_t layout_first_page(const struct elf_segment *segment) {
    return align_down(segment->vaddr, USER_PAGE_BYTES);
}

static uint64_t end_page(const struct elf_segment *segment) {
    return align_up(segment->vaddr + segment->memory_bytes, USER_PAGE_BYTES);
}

uint64_t layout_pages_bytes(const struct elf_segment *segment) {
    return end_page(segment) - layout_first_page(segment);
}

const char *layout_fault(const struct elf_image *image) {
    for (size_t i = 0; i < image->nr_segments; i++) {
        const struct elf_segment *s = &image->segments[i];
        if ((s->flags & ELF_W) && (s->flags & ELF_X))
            return "a segment is writable and executable at once";
        if (!(s->flags & ELF_R))
            return "a segment is not readable";
        if (s->vaddr < USER_START || s->vaddr > USER_IMAGE_END ||
            s->memory_bytes > USER_IMAGE_END - s->vaddr)
            return "a segment lies outside the addresses for programs";
        if (s->memory_bytes > PROGRAM_SEGMENT_MAX)
            return "a segment is larger than a process may be";
        for (size_t j = 0; j < i; j++)
            if (layout_first_page(s) < end_page(&image->segments[j]) &&
                layout_first_page(&image->segments[j]) < end_page(s))
                return "two segments share a page";
    }
    return NULL;
}

status_t layout_stack(uint64_t stack_top, int nr_arguments, const char *const *arguments,
                      struct layout_stack *out) {
    size_t argv_at = sizeof(out->block);
    size_t strings_at = argv_at + ((size_t)nr_arguments + 1) * sizeof(uint64_t);
    size_t used = strings_at;
    for (int i = 0; i < nr_arguments; i++) {
        used += strlen(arguments[i]) + 1;
        if (used > sizeof(out->bytes))
            return ERR_TOO_SMALL;
    }
    memset(out, 0, sizeof(*out)); /* the NULL is there */
    out->nr_bytes = align_up(used, STACK_ALIGN);
    out->address = stack_top - out->nr_bytes;
    out->block.argc = (uint64_t)nr_arguments;
    out->block.argv = out->address + argv_at;
    for (int i = 0; i < nr_arguments; i++) {
        size_t nr_bytes = strlen(arguments[i]) + 1;
        uint64_t string = out->address + strings_at;
        memcpy(out->bytes + argv_at + (size_t)i * sizeof(string), &string,
               sizeof(string));
        memcpy(out->bytes + strings_at, arguments[i], nr_bytes);
        strings_at += nr_bytes;
    }
    return OK;
}
