/* kernel/ram.c - see ram.h. */
#include "kernel/ram.h"

#include "boot/early.h"
#include "kernel/kspace.h"
#include "kernel/log.h"
#include "kernel/smp.h"
#include "lib/bits.h"
#include "mm/frame.h"

LOG_MODULE("mm");

extern char skernel[], sheap[], ekernel[]; /* linker.ld */

/* What we can use of a bank: whole pages that the direct map can show; may be empty. */
static struct range usable_part(struct range bank) {
    uint64_t end = bank.end < DIRECT_MAP_BYTES ? bank.end : DIRECT_MAP_BYTES;
    return (struct range){align_up(bank.start, PAGE_SIZE), align_down(end, PAGE_SIZE)};
}

static struct range pages_around(struct range r) {
    uint64_t end = align_up(r.end, PAGE_SIZE);
    return (struct range){align_down(r.start, PAGE_SIZE), end < r.end ? UINT64_MAX : end};
}

static struct range image_range(const char *start, const char *end) {
    return (struct range){kernel_virt_to_phys(start).raw, kernel_virt_to_phys(end).raw};
}

/* The range of the set that contains all of `r`, or NULL. */
static const struct range *range_around(const struct range_set *set, struct range r) {
    for (size_t i = 0; i < set->nr_ranges; i++)
        if (set->ranges[i].start <= r.start && r.end <= set->ranges[i].end)
            return &set->ranges[i];
    return NULL;
}

/* Firmware that reserves nothing below the kernel has forgotten to: it runs there. */
static struct range firmware_range(const struct boot_info *bi, const struct range *bank,
                                   struct range image) {
    struct range below = {bank->start, image.start};
    if (range_set_overlaps(&bi->reserved, below))
        below.end = below.start;
    return below;
}

/* The initrd, if memory that is ours holds all of its pages. */
static struct range trusted_initrd(struct range initrd, const struct range_set *ours) {
    if (initrd.start == initrd.end || range_around(ours, pages_around(initrd)) != NULL)
        return initrd;
    log_error("the initrd [%#lx, %#lx) is not in free memory: ignored", initrd.start,
              initrd.end);
    return (struct range){0, 0};
}

static const char *survey(const struct boot_info *bi, struct ram *out) {
    struct range image = image_range(skernel, ekernel);
    const struct range *bank = range_around(&bi->memory, image);
    if (range_set_bytes(&bi->memory) < RAM_LEAST_BYTES)
        return "too little memory: the kernel needs 32 MiB (QEMU: -m 32M or more)";
    if (bank == NULL)
        return "the device tree shows no memory where the kernel is";

    /* the image: up to the last stack in use, and the heap; the gap between is free */
    const struct range taken[] = {
        {image.start, kernel_virt_to_phys((void *)stack_slot(nr_harts)).raw},
        image_range(sheap, ekernel),
        firmware_range(bi, bank, image),
    };
    out->usable.nr_ranges = 0;
    status_t status = OK;
    for (size_t i = 0; status == OK && i < bi->memory.nr_ranges; i++)
        status = range_set_add(&out->usable, usable_part(bi->memory.ranges[i]));
    for (size_t i = 0; status == OK && i < bi->reserved.nr_ranges; i++)
        status = range_set_subtract(&out->usable, pages_around(bi->reserved.ranges[i]));
    for (size_t i = 0; status == OK && i < ARRAY_SIZE(taken); i++)
        status = range_set_subtract(&out->usable, taken[i]);
    out->mapped = out->usable;
    out->initrd = trusted_initrd(bi->initrd, &out->mapped);
    if (status == OK)
        status = range_set_subtract(&out->usable, pages_around(out->initrd));
    return status == OK ? NULL : "the memory map has too many pieces";
}

static void print_range(const char *what, struct range r) {
    char bytes[FORMAT_BYTES_MAX];
    console_printf("  %-10s [%#11lx, %#11lx) %9s\n", what, r.start, r.end,
                   format_bytes(r.end - r.start, bytes));
}

static void print_set(const char *what, const struct range_set *set) {
    for (size_t i = 0; i < set->nr_ranges; i++)
        print_range(what, set->ranges[i]);
}

static void print_all(const struct boot_info *bi, const struct ram *ram) {
    console_printf("memory map, from the device tree:\n");
    print_set("RAM", &bi->memory);
    print_set("reserved", &bi->reserved);
    print_range("kernel", image_range(skernel, ekernel));
    if (ram->initrd.start != ram->initrd.end)
        print_range("initrd", ram->initrd);
    print_set("free", &ram->usable);
}

static const char *give_to_frames(const struct boot_info *bi, const struct ram *ram) {
    for (size_t i = 0; i < bi->memory.nr_ranges; i++) {
        struct range bank = usable_part(bi->memory.ranges[i]);
        if (!early_map_direct(bank.start, bank.end))
            log_warn("memory [%#lx, %#lx) is left unused: the direct map ends before it",
                     bank.start, bank.end);
    }
    frame_init(&bi->memory, &ram->usable);
    struct frame_stats frames;
    frame_get_stats(&frames);
    return frames.free_frames * PAGE_SIZE >= RAM_LEAST_FREE_BYTES
               ? NULL
               : "too little of the memory is free: the kernel needs 1 MiB";
}

const char *ram_init(const struct boot_info *bi, struct ram *out) {
    const char *why = survey(bi, out);
    if (why != NULL)
        return why;
    print_all(bi, out);
    return give_to_frames(bi, out);
}
