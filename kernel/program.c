/* kernel/program.c - see program.h.
 *
 * Invariant G1: no page is writable and executable at once: a segment that wants that is
 *               refused, and two segments never share a page. */
#include "kernel/program.h"
#include "kernel/abi/rights.h"
#include "kernel/mapping.h"
#include "kernel/memory.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "lib/bits.h"
#include "lib/elf.h"
#include "lib/string.h"
#include "mm/heap.h"

#define STACK_ALIGN 16 /* RISC-V ELF psABI, 2.1 */

/* ---- segments ---- */

static uint64_t first_page(const struct elf_segment *s) {
    return align_down(s->vaddr, PAGE_SIZE);
}

static uint64_t end_page(const struct elf_segment *s) {
    return align_up(s->vaddr + s->memory_bytes, PAGE_SIZE);
}

/* NULL if the kernel can map all segments as they want, else why not. */
static const char *layout_fault(const struct elf_image *image) {
    for (size_t i = 0; i < image->nr_segments; i++) {
        const struct elf_segment *s = &image->segments[i];
        if ((s->flags & ELF_W) && (s->flags & ELF_X))
            return "a segment is writable and executable at once";
        if (!(s->flags & ELF_R))
            return "a segment is not readable";
        if (s->vaddr < USER_START || s->vaddr > USER_IMAGE_END ||
            s->memory_bytes > USER_IMAGE_END - s->vaddr)
            return "a segment lies outside the addresses for programs";
        if (s->memory_bytes > PROCESS_FRAMES_MAX * PAGE_SIZE)
            return "a segment is larger than a process may be";
        for (size_t j = 0; j < i; j++)
            if (first_page(s) < end_page(&image->segments[j]) &&
                first_page(&image->segments[j]) < end_page(s))
                return "two segments share a page";
    }
    return NULL;
}

/* The bytes of segment `s` that belong into the page at `va`, copied to `page`. */
static void fill_page(void *page, uint64_t va, const struct elf_segment *s,
                      const uint8_t *file) {
    uint64_t start = va > s->vaddr ? va : s->vaddr;
    uint64_t end = s->vaddr + s->file_bytes;
    if (end > va + PAGE_SIZE)
        end = va + PAGE_SIZE;
    if (start < end)
        memcpy((char *)page + (start - va), file + s->file_offset + (start - s->vaddr),
               end - start);
}

/* Map its pages and fill them; `*last_page` is where the kernel reaches the last one. */
static status_t segment_load(struct process *process, const struct elf_segment *s,
                             const uint8_t *file, void **last_page) {
    uint32_t flags = MAP_READ;
    if (s->flags & ELF_W)
        flags |= MAP_WRITE;
    if (s->flags & ELF_X)
        flags |= MAP_EXECUTE;
    struct memory *memory;
    size_t nr_pages = (end_page(s) - first_page(s)) / PAGE_SIZE;
    status_t st = mapping_add_new(process, first_page(s), nr_pages, flags, &memory);
    for (size_t i = 0; st == OK && i < nr_pages; i++) {
        *last_page = memory_contents(memory, i);
        fill_page(*last_page, first_page(s) + i * PAGE_SIZE, s, file);
    }
    return st;
}

/* ---- the stack ---- */

/* A segment of which nothing is in the file. */
static const struct elf_segment stack = {
    .flags = ELF_R | ELF_W,
    .vaddr = USER_STACK_TOP - USER_STACK_BYTES,
    .memory_bytes = USER_STACK_BYTES,
};

/* Put the arguments into the highest page: the strings at its end, below them the array
 * of pointers with its NULL, whose address is also the first sp.  ERR_TOO_SMALL. */
static status_t arguments_put(const struct program *program, char *top_page,
                              uaddr_t *argv) {
    size_t nr_pointers = (size_t)program->nr_arguments + 1;
    size_t room = PAGE_SIZE / 2;
    size_t used = 0;
    for (int i = 0; i < program->nr_arguments; i++) {
        used += strlen(program->arguments[i]) + 1;
        if (used > room)
            return ERR_TOO_SMALL;
    }
    uint64_t page_va = USER_STACK_TOP - PAGE_SIZE;
    size_t string_at = PAGE_SIZE - used;
    size_t argv_at = align_down(string_at - nr_pointers * sizeof(uint64_t), STACK_ALIGN);
    uint64_t *pointers = (uint64_t *)(top_page + argv_at);
    for (int i = 0; i < program->nr_arguments; i++) {
        size_t nr_bytes = strlen(program->arguments[i]) + 1;
        memcpy(top_page + string_at, program->arguments[i], nr_bytes);
        pointers[i] = page_va + string_at;
        string_at += nr_bytes;
    }
    *argv = (uaddr_t){page_va + argv_at}; /* the frame is zeroed: the NULL is there */
    return OK;
}

/* ---- all of it ---- */

static status_t process_fill(struct process *process, const struct program *program,
                             const struct elf_image *image, struct thread **thread,
                             const char **why) {
    void *page;
    *why = "there is not enough memory for its pages";
    for (size_t i = 0; i < image->nr_segments; i++) {
        status_t st = segment_load(process, &image->segments[i], program->file, &page);
        if (st != OK)
            return st;
    }
    status_t st = segment_load(process, &stack, NULL, &page);
    if (st != OK)
        return st;
    uaddr_t argv;
    st = arguments_put(program, page, &argv);
    if (st != OK) {
        *why = "its arguments are too long";
        return st;
    }
    handle_t self, system;
    st = handle_insert(&process->handles, object_system(), RIGHTS_OF_SYSTEM, 0, &system);
    if (st == OK)
        st = handle_insert(&process->handles, process->object, RIGHTS_OF_PROCESS, 0,
                           &self);
    if (st == OK)
        st = thread_create(process, (uaddr_t){image->entry}, argv, system, thread);
    if (st != OK)
        return st;
    (*thread)->x[REGISTER_A0 + 3] = self;
    object_drop((*thread)->object);
    (*thread)->x[REGISTER_A0 + 1] = (uint64_t)program->nr_arguments;
    (*thread)->x[REGISTER_A0 + 2] = argv.raw;
    return OK;
}

status_t program_start(const struct program *program, struct process **out,
                       const char **why) {
    struct elf_image image;
    status_t st = elf_parse(program->file, program->file_bytes, &image, why);
    if (st != OK)
        return st;
    *why = layout_fault(&image);
    if (*why != NULL)
        return ERR_INVALID;

    struct process *process;
    struct quota limit = {PROCESS_FRAMES_MAX, KERNEL_HEAP_SIZE};
    st = process_create(program->name, NULL, limit, &process);
    if (st != OK) {
        *why = "there is not enough memory for a process";
        return st;
    }
    struct thread *thread;
    st = process_fill(process, program, &image, &thread, why);
    if (st != OK) {
        process_discard(process);
        return st;
    }
    /* What was just written is to be executed: Unprivileged ISA, chapter Zifencei. */
    __asm__ volatile("fence.i" ::: "memory");
    sched_make_ready(thread);
    *out = process;
    return OK;
}
