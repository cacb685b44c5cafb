/* tests/host/fuzz_elf.c - user/lib/elf.c on anything. */
#include "tests/host/fuzz_support.h"
#include "user/lib/elf.h"
#include "tests/host/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nr_bytes) {
    struct elf_image image;
    const char *why = NULL;
    uint8_t *file = malloc(nr_bytes ? nr_bytes : 1);
    memcpy(file, data, nr_bytes);
    status_t status = elf_parse(file, nr_bytes, &image, &why);
    free(file);
    REQUIRE(status == OK || (status == ERR_FORMAT && why != NULL));
    if (status != OK)
        return 0;
    REQUIRE(image.nr_segments > 0 && image.nr_segments <= ELF_SEGMENTS_MAX);
    for (size_t i = 0; i < image.nr_segments; i++) {
        const struct elf_segment *s = &image.segments[i];
        REQUIRE(s->memory_bytes > 0 && s->file_bytes <= s->memory_bytes);
        REQUIRE(s->file_offset <= nr_bytes && s->file_bytes <= nr_bytes - s->file_offset);
        REQUIRE(s->vaddr + s->memory_bytes - 1 >= s->vaddr);
    }
    return 0;
}
