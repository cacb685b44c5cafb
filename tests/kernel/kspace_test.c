/* tests/kernel/kspace_test.c - the whole map of the kernel, page by page. */
#include "kernel/kspace.h"
#include "kernel/smp.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/sv39.h"
#include "tests/kernel/calls.h"
#include "tests/kernel/selftest.h"

#define TABLE_ENTRIES (PAGE_SIZE / sizeof(uint64_t))

extern char skernel[], esmallbss[], sheap[], ebss[];

/* What a walk over all mappings finds. */
struct findings {
    size_t nr_pages;
    uint64_t writable_and_executable, for_users, not_global, without_a_or_d, image_alias;
};

static void look(struct findings *f, uint64_t va, uint64_t leaf, enum sv39_size size) {
    f->nr_pages++;
    if ((leaf & SV39_W) && (leaf & SV39_X))
        f->writable_and_executable = va;
    if (leaf & SV39_U)
        f->for_users = va;
    if (!(leaf & SV39_G))
        f->not_global = va;
    if (!(leaf & SV39_A) || !(leaf & SV39_D))
        f->without_a_or_d = va;
    uint64_t frame = leaf >> 10 << PAGE_SHIFT;
    struct range page = {frame, frame + sv39_page_bytes(size)};
    struct range small = {kernel_virt_to_phys(skernel).raw,
                          kernel_virt_to_phys((void *)stack_slot(nr_harts)).raw};
    struct range heap = {kernel_virt_to_phys(sheap).raw, kernel_virt_to_phys(ebss).raw};
    if (va < KERNEL_IMAGE_OFFSET &&
        (range_overlaps(page, small) || range_overlaps(page, heap)))
        f->image_alias = va;
}

/* All leaves below entries [first, end of the table) of a table; `va` is entry 0's. */
static void look_below(struct findings *f, paddr_t table, uint64_t va, int level,
                       unsigned first) {
    const uint64_t *entries = phys_to_virt(table);
    for (unsigned i = first; i < TABLE_ENTRIES; i++) {
        uint64_t at = va + i * sv39_page_bytes(level);
        if (entries[i] & (SV39_R | SV39_W | SV39_X))
            look(f, at, entries[i], level);
        else if (entries[i] & SV39_V)
            look_below(f, paddr(entries[i] >> 10 << PAGE_SHIFT), at, level - 1, 0);
    }
}

SELFTEST("kspace_walk", kspace_walk) {
    struct findings f = {0};
    const uint64_t sign = UINT64_MAX << 39; /* of the addresses of the upper half */
    look_below(&f, kspace_root(), sign, SV39_1G, KERNEL_ROOT_FIRST);
    CHECK(f.nr_pages > 0, "the walk finds pages");
    CHECK_EQUAL(f.writable_and_executable, 0, "no page is writable and executable");
    CHECK_EQUAL(f.for_users, 0, "no page of the kernel is for users");
    CHECK_EQUAL(f.not_global, 0, "every page of the kernel is global");
    CHECK_EQUAL(f.without_a_or_d, 0, "every leaf has A and D");
    CHECK_EQUAL(f.image_alias, 0, "the direct map shows nothing of the image");
}

static bool is_mapped(uint64_t va) {
    struct sv39_mapping m;
    return sv39_translate(kspace_root(), va, &m) == OK;
}

SELFTEST("kspace_lower_half", kspace_lower_half) {
    const uint64_t *root = phys_to_virt(kspace_root());
    for (unsigned i = 0; i < KERNEL_ROOT_FIRST; i++)
        CHECK_EQUAL(root[i], 0, "the lower half of the kernel's table is empty");
    CHECK(!is_mapped(KERNEL_LOAD_ADDRESS), "there is no identity map");
}

SELFTEST("kspace_guards", kspace_guards) {
    for (uint32_t i = 0; i < nr_harts; i++) {
        uintptr_t slot = stack_slot(i);
        CHECK(!is_mapped(slot), "below a stack is a guard page");
        CHECK(is_mapped(slot + STACK_GUARD_BYTES), "the stack's last page is mapped");
        CHECK(is_mapped(harts[i].stack_top - 8), "its first is too");
        CHECK(!is_mapped(harts[i].stack_top), "above it is the next guard page");
        CHECK(is_mapped(harts[i].emergency_stack_top - 8), "then the emergency stack");
    }
    if (nr_harts < HARTS_MAX)
        CHECK(!is_mapped(stack_slot(nr_harts) + STACK_GUARD_BYTES), "no stack is unused");
    CHECK(!is_mapped((uintptr_t)esmallbss), "the gap before the heap is not mapped here");
}

SELFTEST("kspace_firmware", kspace_firmware) {
    CHECK(!is_mapped(DIRECT_MAP_BASE + 0x80000000), "the firmware is not mapped");
}

/* Frames, the heap and page tables are where phys_to_virt() says. */
SELFTEST("kspace_direct_map", kspace_direct_map) {
    struct sv39_mapping m;
    paddr_t frame;
    CHECK(frame_alloc(&frame) == OK, "a frame can be had");
    status_t status = sv39_translate(kspace_root(), (uintptr_t)phys_to_virt(frame), &m);
    frame_dealloc(frame);
    CHECK(status == OK && m.frame.raw == frame.raw, "the direct map shows the frame");
    CHECK((m.flags & SV39_W) && !(m.flags & SV39_X), "to write, not to execute");
    CHECK_EQUAL(kernel_virt_to_phys(phys_to_virt(frame)).raw, frame.raw, "both ways");
}

/* Every hart runs on the final table. */
static _Atomic uint32_t nr_on_final_table;

static void count_table(void *unused) {
    (void)unused;
    uint64_t satp;
    __asm__ volatile("csrr %0, satp" : "=r"(satp));
    nr_on_final_table += satp == kspace_satp;
}

SELFTEST("kspace_every_hart", kspace_every_hart) {
    uint32_t nr_online = 0;
    for (uint32_t i = 0; i < nr_harts; i++)
        nr_online += harts[i].is_online;
    nr_on_final_table = 0;
    smp_call_all(count_table, NULL);
    CHECK_EQUAL(nr_on_final_table, nr_online, "no hart runs on the early table");
}
