/* tests/kernel/rcore_test.c - the three tests of the rCore book's chapter 4, in C, with
 * the lines that they print there. */
#include "kernel/kspace.h"
#include "kernel/log.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/sv39.h"
#include "tests/kernel/selftest.h"

extern char sbss[], ebss[], stext[], etext[], srodata[], erodata[], sdata[], edata[];

static bool is_in_bss(const void *p) {
    return (uintptr_t)p >= (uintptr_t)sbss && (uintptr_t)p < (uintptr_t)ebss;
}

/* What Vec::push does: double the room, copy, free the old one. */
struct vector {
    uint64_t *items;
    size_t nr_items, room;
};

static bool vector_push(struct vector *v, uint64_t item) {
    if (v->nr_items == v->room) {
        size_t room = v->room == 0 ? 4 : 2 * v->room;
        uint64_t *items = kmalloc(room * sizeof(*items));
        if (items == NULL)
            return false;
        for (size_t i = 0; i < v->nr_items; i++)
            items[i] = v->items[i];
        kfree(v->items);
        v->items = items;
        v->room = room;
    }
    v->items[v->nr_items++] = item;
    return true;
}

SELFTEST("heap_test", heap_test) {
    uint64_t *five = kmalloc(sizeof(*five)); /* Box::new(5) */
    CHECK(five != NULL, "a box can be had");
    *five = 5;
    CHECK(*five == 5, "the box holds its value");
    CHECK(is_in_bss(five), "the box is in .bss");
    kfree(five);

    struct vector v = {0};
    for (uint64_t i = 0; i < 500; i++)
        CHECK(vector_push(&v, i), "the vector can grow");
    for (uint64_t i = 0; i < 500; i++)
        CHECK_EQUAL(v.items[i], i, "the vector holds what was pushed");
    CHECK(is_in_bss(v.items), "the vector is in .bss");
    kfree(v.items);
    console_printf("heap_test passed!\n");
}

SELFTEST("frame_allocator_test", frame_allocator_test) {
    for (unsigned round = 0; round < 2; round++) {
        paddr_t frames[5];
        for (unsigned i = 0; i < ARRAY_SIZE(frames); i++) {
            CHECK(frame_alloc(&frames[i]) == OK, "a frame can be had");
            console_printf("FrameTracker:PPN=%#lx\n", frames[i].raw >> PAGE_SHIFT);
        }
        for (unsigned i = ARRAY_SIZE(frames); i > 0; i--)
            frame_dealloc(frames[i - 1]);
    }
    console_printf("frame_allocator_test passed!\n");
}

/* The flags of the page in the middle of [start, end); 0 if it is not mapped. */
static uint32_t middle_flags(const char *start, const char *end) {
    struct sv39_mapping m;
    uintptr_t middle = (uintptr_t)start + ((uintptr_t)end - (uintptr_t)start) / 2;
    return sv39_translate(kspace_root(), middle, &m) == OK ? m.flags : 0;
}

SELFTEST("remap_test", remap_test) {
    uint32_t text = middle_flags(stext, etext);
    uint32_t rodata = middle_flags(srodata, erodata);
    uint32_t data = middle_flags(sdata, edata);
    CHECK(text != 0 && rodata != 0 && data != 0, "the image is mapped");
    CHECK((text & SV39_W) == 0, ".text is not writable");
    CHECK((rodata & SV39_W) == 0, ".rodata is not writable");
    CHECK((data & SV39_X) == 0, ".data is not executable");
    console_printf("remap_test passed!\n");
}
