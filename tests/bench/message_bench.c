/* tests/bench/message_bench.c - what messages cost, from the trap to the sret.
 *
 * The programs are played by the benchmark (tests/kernel/usermode.h): what is counted are
 * exactly the kernel's instructions.  Client and server are in address spaces of their
 * own. */
#include "kernel/log.h"
#include "kernel/message.h"
#include "tests/kernel/message_world.h"

static uint64_t trip(uint64_t tag) {
    call(gates[CLIENT], tag, 1);
    uint64_t cost = usermode_cost;
    reply_receive(running->x[T2], tag, 2);
    return cost + usermode_cost;
}

static void print(const char *figure, uint64_t cost) {
    console_printf("bench: message %s %lu.00\n", figure, (unsigned long)cost);
}

static void measure(void) {
    BEGIN(0);
    native(SYS_thread_yield, 0, 0, 0);
    print("yield", usermode_cost);
    receive(0);
    CHECK(running == threads[CLIENT], "the server waits");
    print("words", trip(0));
    print("bytes", trip(tag_make(0, 64, 0, 0)));
    CHECK(running == threads[CLIENT] && has_words(2), "the client has its answer");
    threads[SERVER]->slow = threads[CLIENT]->slow = SLOW_ALWAYS;
    print("slow", trip(0));
    threads[SERVER]->slow = threads[CLIENT]->slow = 0;
    struct handle_table *handles = &processes[CLIENT]->handles;
    threads[CLIENT]->fault_handler.gate = handle_object(handles, gates[CLIENT]);
    threads[CLIENT]->fault_handler.epoch = threads[CLIENT]->fault_handler.gate->epoch;
    object_share(threads[CLIENT]->fault_handler.gate);
    running = usermode_fault(running, FAULT_LOAD, 0x1000);
    uint64_t cost = usermode_cost;
    CHECK(running == threads[SERVER], "the handler hears of it");
    threads[CLIENT]->x[REGISTER_PC] += 4; /* the test lands there again */
    reply_receive(running->x[T2], 0, 0);
    CHECK(running == threads[CLIENT], "the thread goes on");
    print("fault", cost + usermode_cost);
}

BENCHMARK("message", bench_message) {
    measure();
    world_end();
}
