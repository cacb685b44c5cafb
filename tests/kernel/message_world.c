/* tests/kernel/message_world.c - see message_world.h. */
#include "tests/kernel/message_world.h"
#include "kernel/abi/rights.h"
#include "kernel/handle.h"
#include "kernel/object.h"
#include "kernel/reap.h"

struct process *processes[NR_THREADS];
struct thread *threads[NR_THREADS];
struct thread *running;
handle_t own_handle[NR_THREADS];
handle_t endpoint;
handle_t gates[NR_THREADS];

struct thread *trap(int64_t number) {
    running->x[REGISTER_A7] = (uint64_t)number;
    running = usermode_trap(running);
    return running;
}

status_t native(int64_t number, uint64_t a0, uint64_t a1, uint64_t a2) {
    running->x[A0] = a0;
    running->x[A1] = a1;
    running->x[A2] = a2;
    trap(number);
    return (status_t)(int64_t)running->x[A0];
}

void put_message(uint64_t tag, uint64_t first_word) {
    running->x[A1] = tag;
    for (uint64_t i = 0; i < 5; i++)
        running->x[A2 + i] = first_word + i;
    running->x[T0] = first_word + 5;
}

bool has_words(uint64_t first_word) {
    for (uint64_t i = 0; i < 5; i++)
        if (running->x[A2 + i] != first_word + i)
            return false;
    return running->x[T0] == first_word + 5;
}

struct thread *call(handle_t gate, uint64_t tag, uint64_t first_word) {
    put_message(tag, first_word);
    running->x[A0] = gate;
    return trap(SYS_call);
}

struct thread *reply_receive(uint64_t token, uint64_t tag, uint64_t first_word) {
    put_message(tag, first_word);
    running->x[A0] = endpoint;
    running->x[T1] = token;
    return trap(SYS_reply_receive);
}

struct thread *receive(uint64_t tag) {
    put_message(tag, 0);
    running->x[A0] = endpoint;
    return trap(SYS_receive);
}

static uint64_t pattern(int i, unsigned n) {
    return (uint64_t)(i + 1) << 32 | n;
}

static const uint8_t preserved[] = {2,  3,  4,  8,  9,  18, 19, 20,
                                    21, 22, 23, 24, 25, 26, 27};

status_t world_add_process(int i, unsigned priority) {
    struct quota limit = {64, 1 << 20};
    status_t st = process_create("test", NULL, limit, &processes[i]);
    if (st == OK)
        st = handle_insert(&processes[i]->handles, processes[i]->object,
                           RIGHTS_OF_PROCESS, 0, &own_handle[i]);
    if (st == OK)
        st = usermode_thread(processes[i], priority, &threads[i]);
    for (size_t n = 0; st == OK && n < sizeof(preserved); n++)
        threads[i]->x[preserved[n]] = pattern(i, preserved[n]);
    if (st == OK) /* no turn ends, so that what happens does not depend on time */
        threads[i]->slice_ticks = threads[i]->turn_ticks = (uint64_t)1 << 40;
    return st;
}

status_t world_give(int from, handle_t handle, uint16_t rights, int to, handle_t *out) {
    return handle_insert(&processes[to]->handles,
                         handle_object(&processes[from]->handles, handle), rights, 0,
                         out);
}

static status_t add_gate(int to) {
    status_t st = native(SYS_gate_create, endpoint, 100 + (uint64_t)to, 0);
    handle_t gate = (handle_t)running->x[A1];
    if (st == OK)
        st = world_give(SERVER, gate, RIGHTS_OF_GATE, to, &gates[to]);
    if (st == OK)
        st = native(SYS_handle_close, gate, 0, 0);
    return st;
}

status_t world_begin(uint8_t slow) {
    status_t st = world_add_process(IDLE, 0);
    for (int i = SERVER; st == OK && i < NR_THREADS; i++)
        st = world_add_process(i, i == SERVER ? 10 : 8);
    if (st != OK)
        return st;
    for (int i = 0; i < NR_THREADS; i++)
        threads[i]->slow = slow;
    running = usermode_run();
    st = native(SYS_endpoint_create, 0, 0, 0);
    endpoint = (handle_t)running->x[A1];
    for (int i = CLIENT; st == OK && i < NR_THREADS; i++)
        st = add_gate(i);
    return st;
}

void world_end_process(int i) {
    if (processes[i] == NULL)
        return;
    if (processes[i]->state == PROCESS_ALIVE)
        process_kill(processes[i], "the test ends");
    while (reap_step())
        ;
    object_drop(processes[i]->object);
    processes[i] = NULL;
}

void world_end(void) {
    for (int i = 0; i < NR_THREADS; i++)
        world_end_process(i);
    usermode_leave();
}

bool is_clean(const struct thread *thread, int i) {
    for (size_t n = 0; n < sizeof(preserved); n++)
        if (thread->x[preserved[n]] != pattern(i, preserved[n]))
            return false;
    return thread->x[1] == 0 && thread->x[17] == 0 && thread->x[28] == 0 &&
           thread->x[29] == 0 && thread->x[30] == 0 && thread->x[31] == 0;
}
