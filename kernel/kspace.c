/* kernel/kspace.c - see kspace.h.
 *
 * Invariants.  K1: no page is writable and executable.  K2: the direct map shows no
 * page of the image that is in use, so nothing has a second, more writable address.
 * K3: below each stack there is a page that is not mapped.  tests/kernel/kspace_test.c
 * proves them. */
#include "kernel/kspace.h"

#include "kernel/log.h"
#include "kernel/panic.h"
#include "kernel/smp.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/sv39.h"

/* linker.ld */
extern char stext[], etext[], srodata[], erodata[], sdata[], edata[], sbss[], sstack[];
extern char sheap[], ebss[];

/* (c) after kspace_init() */
uint64_t kspace_satp; /* what entry.S gives to other harts */
static paddr_t root;
static uint16_t used[KERNEL_ROOT_FIRST + 1]; /* the root's entries that are not 0; 0 */

static void map(uint64_t va, paddr_t pa, size_t nr_bytes, uint32_t flags) {
    status_t status = sv39_map(root, va, pa, nr_bytes, flags | SV39_G, SV39_1G);
    if (status != OK)
        PANIC("the kernel's own map: [%#lx, +%#zx): %s", va, nr_bytes,
              status_text(status));
}

static void map_image(const char *start, const char *end, uint32_t flags) {
    map((uintptr_t)start, kernel_virt_to_phys(start), (size_t)(end - start), flags);
}

static void map_stacks(void) {
    for (uint32_t i = 0; i < nr_harts; i++) {
        const char *stack = (const char *)stack_slot(i) + STACK_GUARD_BYTES;
        const char *emergency = stack + STACK_BYTES + STACK_GUARD_BYTES;
        map_image(stack, stack + STACK_BYTES, SV39_R | SV39_W);
        map_image(emergency, emergency + EMERGENCY_STACK_BYTES, SV39_R | SV39_W);
    }
}

static void map_direct(struct range r) {
    uint64_t start = align_down(r.start, PAGE_SIZE);
    uint64_t end = align_up(r.end, PAGE_SIZE);
    if (start < end && end <= DIRECT_MAP_BYTES)
        map(DIRECT_MAP_BASE + start, paddr(start), end - start, SV39_R | SV39_W);
}

void kspace_init(const struct range_set *ram, struct range test, struct range plic) {
    if (sv39_create(&root) != OK)
        PANIC("no frame for the kernel's page table");
    map_image(stext, etext, SV39_R | SV39_X);
    map_image(srodata, erodata, SV39_R);
    map_image(sdata, sstack, SV39_R | SV39_W); /* and .bss, up to the stacks */
    map_image(sheap, ebss, SV39_R | SV39_W);
    map_stacks();
    for (size_t i = 0; i < ram->nr_ranges; i++)
        map_direct(ram->ranges[i]);
    map_direct(test);
    map_direct(plic);

    const uint64_t *entries = phys_to_virt(root);
    for (uint16_t i = KERNEL_ROOT_FIRST, *next = used; i < 2 * KERNEL_ROOT_FIRST; i++)
        if (entries[i] != 0)
            *next++ = i;
    kspace_satp = sv39_satp(root, 0);
    __asm__ volatile("sfence.vma\n"    /* the new tables are written ...        */
                     "csrw satp, %0\n" /* ... the early one, and its writable   */
                     "sfence.vma"      /* text, is gone from here on            */
                     ::"r"(kspace_satp)
                     : "memory");
}

void kspace_share(paddr_t other_root) {
    const uint64_t *from = phys_to_virt(root);
    uint64_t *to = phys_to_virt(other_root);
    frame_zero(other_root);
    for (const uint16_t *i = used; *i != 0; i++)
        to[*i] = from[*i];
}

paddr_t kspace_root(void) {
    return root;
}

paddr_t kernel_virt_to_phys(const void *p) {
    uintptr_t va = (uintptr_t)p;
    return va >= KERNEL_IMAGE_OFFSET ? paddr(va - KERNEL_IMAGE_OFFSET) : virt_to_phys(p);
}

void kspace_print_sections(void) {
    console_printf(".text [%p, %p)\n", (void *)stext, (void *)etext);
    console_printf(".rodata [%p, %p)\n", (void *)srodata, (void *)erodata);
    console_printf(".data [%p, %p)\n", (void *)sdata, (void *)edata);
    console_printf(".bss [%p, %p)\n", (void *)sbss, (void *)ebss);
}
