/* tests/kernel/smp_test.c - all harts at once: calls between them, and the heap, whose
 * lock is not the kernel's. */
#include "kernel/smp.h"
#include "kernel/process.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/sv39.h"
#include "tests/kernel/calls.h"
#include "tests/kernel/selftest.h"
#include <stdatomic.h>

#define ROUNDS    2000
#define LIVE      8
#define ENOUGH_NS (NS_PER_SECOND / 2)

static _Atomic unsigned nr_calls; /* by all harts                  */
static _Atomic unsigned nr_wrong; /* blocks with foreign contents  */

/* Harts that share a processor of the host hand a lock over slowly: whoever is next may
 * have to wait for his turn to run.  So time limits the work too. */
static uint64_t enough_ns;

static void begin(void) {
    nr_wrong = 0;
    enough_ns = timer_now_ns() + ENOUGH_NS;
}

static bool is_enough(unsigned nr_rounds) {
    return nr_rounds == ROUNDS || (nr_rounds > 0 && timer_now_ns() >= enough_ns);
}

static uint32_t count_online(void) {
    uint32_t nr_online = 0;
    for (uint32_t i = 0; i < nr_harts; i++)
        nr_online += harts[i].is_online;
    return nr_online;
}

static void count_call(void *argument) {
    atomic_fetch_add((_Atomic unsigned *)argument, 1);
}

SELFTEST("smp_call", calls) {
    nr_calls = 0;
    for (unsigned round = 1; round <= 20; round++) {
        smp_call_all(count_call, &nr_calls);
        CHECK_EQUAL(nr_calls, round * count_online(), "every hart runs the call once");
    }
    nr_calls = 0;
    smp_call(count_call, &nr_calls);
    smp_call_wait();
    CHECK_EQUAL(nr_calls, count_online() - 1, "all but this hart run the call");
}

static void check_self(void *unused) {
    (void)unused;
    struct hart *self = hart_current();
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    if (self != &harts[self->index] || here > self->stack_top ||
        here < self->stack_top - STACK_BYTES)
        nr_wrong++;
}

SELFTEST("smp_stacks", smp_stacks) {
    nr_wrong = 0;
    smp_call_all(check_self, NULL);
    CHECK_EQUAL(nr_wrong, 0, "tp is the hart's own, and so is its stack");
}

/* Each block is filled with a token of its owner, and still has it when it is freed. */
static void use_heap(void *unused) {
    (void)unused;
    uint64_t *live[LIVE] = {0};
    uint64_t random = hart_current()->index + 1;
    for (unsigned round = 0; !is_enough(round); round++) {
        random = random * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's */
        unsigned slot = random >> 33 & (LIVE - 1);
        uint64_t token = (uint64_t)hart_current()->index << 32 | slot;
        uint64_t *block = live[slot];
        if (block != NULL && (block[0] != token || block[1] != token))
            nr_wrong++;
        kfree(block);
        block = kmalloc(16 + (random >> 40 & 1023));
        if (block != NULL) {
            block[0] = token;
            block[1] = token;
        }
        live[slot] = block;
    }
    for (unsigned slot = 0; slot < LIVE; slot++)
        kfree(live[slot]);
}

SELFTEST("smp_heap", smp_heap) {
    begin();
    smp_call_all(use_heap, NULL);
    CHECK_EQUAL(nr_wrong, 0, "no hart finds another's contents in its block");
    CHECK(heap_check() == NULL, "the heap's invariants hold");
}

static void use_frames(void *unused) {
    (void)unused;
    for (unsigned round = 0; !is_enough(round); round++) {
        paddr_t frame;
        if (frame_alloc(&frame) != OK)
            continue;
        uint64_t *page = phys_to_virt(frame);
        page[0] = frame.raw + hart_current()->index;
        for (volatile unsigned wait = 0; wait < 50; wait++)
            ;
        if (page[0] != frame.raw + hart_current()->index)
            nr_wrong++;
        frame_dealloc(frame);
    }
}

SELFTEST("smp_frames", smp_frames) {
    begin();
    smp_call_all(use_frames, NULL);
    CHECK_EQUAL(nr_wrong, 0, "no frame is given to two harts");
    CHECK(frame_check() == NULL, "the frames' invariants hold");
}

/* ---- what a program on another hart sees of a page that is just being mapped ---- */

#define LAST_WORD_AT (USER_END - sizeof(uint64_t)) /* of the first message buffer */

static void look(void *root) {
    struct sv39_mapping page;
    uint64_t give_up_ns = timer_now_ns() + ENOUGH_NS;
    nr_calls++;
    /* Without the lock it may take a table that just comes for a large page. */
    while (sv39_translate(*(paddr_t *)root, LAST_WORD_AT, &page) != OK ||
           page.size != SV39_4K)
        if (timer_now_ns() > give_up_ns)
            return;
    nr_wrong += *(volatile uint64_t *)phys_to_virt(page.frame) != 0;
}

SELFTEST("smp_new_buffer", smp_new_buffer) {
    begin();
    for (unsigned round = 0; !is_enough(round); round++) {
        struct process *process;
        struct thread *thread;
        paddr_t used;
        CHECK_EQUAL(process_create("new", NULL, (struct quota){8, 1 << 14}, &process), OK,
                    "a process");
        CHECK_EQUAL(frame_alloc(&used), OK, "a frame");
        memset(phys_to_virt(used), 0xff, PAGE_SIZE);
        frame_dealloc(used); /* it is the next to be given out */
        nr_calls = 0;
        smp_call(look, &process->root);
        while (nr_calls < count_online() - 1)
            ;
        CHECK_EQUAL(thread_create(process, (uaddr_t){0}, (uaddr_t){0}, 0, &thread), OK,
                    "a thread");
        smp_call_wait();
        object_drop(thread->object);
        process_discard(process);
    }
    CHECK_EQUAL(nr_wrong, 0, "nothing of who had a frame shows in a new buffer");
}
