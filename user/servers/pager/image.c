/* user/servers/pager/image.c - see image.h. */
#include "user/servers/pager/image.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "user/lib/cpio.h"
#include "user/lib/layout.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

#define IMAGES_MAX 64
#define NAME_MAX   64
#define INITRD_AT  ((uint64_t)1 << 32)

static const char *archive;
static struct image images[IMAGES_MAX];

status_t image_init(void) {
    uint64_t offset = own_start->initrd_offset;
    size_t nr_bytes = align_up(offset + own_start->initrd_bytes, USER_PAGE_BYTES);
    archive = (const char *)(INITRD_AT + offset);
    return space_map(own_process, (handle_t)own_start->initrd, INITRD_AT, 0, nr_bytes,
                     MAP_READ);
}

static status_t segments_make(struct image *image) {
    status_t st = OK;
    size_t i = 0;
    for (; i < image->elf.nr_segments; i++) {
        const struct elf_segment *segment = &image->elf.segments[i];
        struct backing *backing = &image->segments[i];
        if (!segment_is_shared(segment))
            continue;
        st = backing_init(backing, own_process, layout_first_page(segment),
                          layout_pages_bytes(segment) / USER_PAGE_BYTES);
        if (st != OK)
            break;
        backing->bytes_va = segment->vaddr;
        backing->bytes = image->file + segment->file_offset;
        backing->nr_bytes = segment->file_bytes;
    }
    while (st != OK && i > 0) {
        i--;
        if (segment_is_shared(&image->elf.segments[i]))
            backing_free(&image->segments[i]);
    }
    return st;
}

static status_t image_make(const struct cpio_file *file, struct image *image) {
    const char *why;
    status_t st = elf_parse(file->data, file->data_bytes, &image->elf, &why);
    if (st == OK && layout_fault(&image->elf) != NULL)
        st = ERR_INVALID;
    image->file = file->data;
    if (st == OK)
        st = segments_make(image);
    if (st != OK)
        image->file = NULL;
    return st;
}

status_t image_find(const char *name, size_t name_bytes, struct image **out) {
    char terminated[NAME_MAX];
    struct cpio_file file;
    if (name_bytes >= sizeof(terminated))
        return ERR_NOT_FOUND;
    memcpy(terminated, name, name_bytes);
    terminated[name_bytes] = '\0';
    status_t st = cpio_find(archive, own_start->initrd_bytes, terminated, &file);
    if (st != OK)
        return st;
    for (struct image *image = images; image < &images[IMAGES_MAX]; image++) {
        *out = image;
        if (image->file == file.data)
            return OK;
        if (image->file == NULL)
            return image_make(&file, image);
    }
    return ERR_FULL;
}
