/* tests/bench/pager_bench.c - what the kernel does to bring one page on demand, from the
 * fault to the instruction that is tried again; for tools/bench.
 *
 * The client faults, its pager maps a page that has no frame yet and answers: three
 * entries into the kernel.  To fill the frame with zeroes is not counted, nor what the
 * pager does itself. */
#include "kernel/abi/rights.h"
#include "kernel/fault.h"
#include "kernel/log.h"
#include "kernel/object.h"
#include "mm/frame.h"
#include "tests/bench/instret.h"
#include "tests/kernel/message_world.h"

#define AT    ((uint64_t)0x10000000)
#define PAGES 8

static handle_t client, memory; /* the server's handles to them */

/* What is not to be counted. */
static uint64_t zeroing_cost(void) {
    paddr_t frame;
    if (frame_alloc(&frame) != OK)
        return 0;
    uint64_t before = instructions_retired();
    frame_zero(frame);
    uint64_t cost = instructions_retired() - before;
    frame_dealloc(frame);
    return cost;
}

/* Bring one page; `*least` is what it takes at least. */
static void bring(size_t page, uint64_t *least) {
    uint64_t va = AT + page * PAGE_SIZE;
    running = usermode_fault(running, FAULT_LOAD, va);
    uint64_t cost = usermode_cost, token = running->x[T2];
    CHECK(running == threads[SERVER], "the pager hears of it");
    running->x[A2 + 1] = page * PAGE_SIZE; /* the offset */
    running->x[A2 + 2] = PAGE_SIZE;
    running->x[A2 + 3] = MAP_READ | MAP_WRITE;
    CHECK_EQUAL(native(SYS_process_map, client, memory, va), OK, "the page is mapped");
    cost += usermode_cost;
    threads[CLIENT]->x[REGISTER_PC] += 4; /* the test lands there again */
    reply_receive(token, 0, 0);
    CHECK(running == threads[CLIENT], "the client goes on");
    cost += usermode_cost;
    if (cost < *least)
        *least = cost;
}

BENCHMARK("pager", bench_pager) {
    BEGIN(0);
    CHECK_EQUAL(
        world_give(CLIENT, own_handle[CLIENT], RIGHTS_OF_PROCESS, SERVER, &client), OK,
        "the pager has a handle to the client");
    CHECK_EQUAL(native(SYS_memory_create, client, PAGES * PAGE_SIZE, 0), OK, "memory");
    memory = (handle_t)running->x[A1];
    receive(0);
    handler_set(&threads[CLIENT]->fault_handler,
                handle_object(&processes[CLIENT]->handles, gates[CLIENT]));
    uint64_t least = UINT64_MAX;
    for (size_t page = 0; page < PAGES; page++) /* the first makes tables too */
        bring(page, &least);
    console_printf("bench: pager page %lu.00\n", least - zeroing_cost());
    world_end();
}
