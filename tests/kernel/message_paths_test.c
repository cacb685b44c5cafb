/* tests/kernel/message_paths_test.c - fastpath.S against message.c: the same random steps
 * of the same little system, once with each, must show every program the same. */
#include "kernel/message.h"
#include "kernel/abi/rights.h"
#include "kernel/sched.h"
#include "lib/string.h"
#include "tests/kernel/message_world.h"

#define NR_STEPS   4000
#define NR_TOKENS  4
#define FAST_COST  200                   /* instructions: below, it was the fast path */
#define HASH_START 14695981039346656037u /* FNV-1a */

/* fastpath.S takes who has these rights for a gate, an endpoint. */
#define RIGHTS_OF_OTHERS                                                                 \
    (RIGHTS_OF_INIT | RIGHTS_OF_PROCESS | RIGHTS_OF_THREAD | RIGHTS_OF_NOTIFICATION |    \
     RIGHTS_OF_MEMORY | RIGHT_WX | RIGHT_DMA)
_Static_assert(!((RIGHTS_OF_OTHERS | RIGHTS_OF_ENDPOINT) & RIGHT_CALL), "gates alone");
_Static_assert(!((RIGHTS_OF_OTHERS | RIGHTS_OF_GATE) & RIGHT_RECEIVE), "endpoints alone");

static uint64_t random_state;
static uint64_t tokens[NR_TOKENS];        /* the last that the server got      */
static uint64_t newest;                   /* among them                        */
static uint64_t first_tokens[NR_THREADS]; /* what each thread had at first     */
static uint64_t seen[NR_STEPS];           /* a hash of each step's end         */
static unsigned nr_fast;

static uint64_t random_below(uint64_t limit) {
    random_state =
        random_state * 6364136223846793005u + 1442695040888963407u; /* Knuth's */
    return (random_state >> 33) % limit;
}

static bool chance(unsigned percent) {
    return random_below(100) < percent;
}

/* ---- one step ---- */

static uint64_t random_tag(void) {
    static const uint16_t sizes[] = {0, 0, 0, 0, 8, 64, 512, 7, 513};
    uint32_t label = (uint32_t)random_below(100) | (chance(2) ? 0x80000000 : 0);
    return tag_make(label, sizes[random_below(ARRAY_SIZE(sizes))], chance(5) ? 1 : 0,
                    chance(30) ? 1 : 0);
}

static void random_message(void) {
    put_message(random_tag(), random_below(1000));
    for (size_t i = 0; i < 64; i++)
        running->buffer->bytes[i] = (uint8_t)random_below(256);
    running->buffer->handles[0] = chance(90) ? own_handle[random_below(NR_THREADS)] : 0;
    running->x[T1] = tokens[chance(80) ? newest : random_below(NR_TOKENS)];
    running->x[T2] = 1; /* a past deadline */
}

static void client_step(handle_t gate) {
    random_message();
    running->x[A0] = chance(95) ? gate : gate + 1;
    if (chance(75))
        trap(SYS_call);
    else if (chance(50))
        trap(SYS_send);
    else if (chance(50))
        trap(SYS_call_until);
    else
        trap(SYS_thread_yield);
}

static void server_step(void) {
    random_message();
    running->x[A0] = chance(97) ? endpoint : gates[CLIENT];
    if (chance(20))
        running->priority = (uint8_t)(7 + random_below(4));
    if (chance(70))
        trap(SYS_reply_receive);
    else if (chance(60))
        trap(SYS_receive);
    else if (chance(50))
        trap(SYS_reply);
    else
        trap(SYS_receive_until);
}

/* All others wait: end one of the waits. */
static void idle_step(void) {
    thread_cancel(threads[SERVER + random_below(3)], ERR_TIMEOUT);
    running = usermode_run();
}

/* ---- what a step shows ---- */

static void hash(uint64_t *h, uint64_t value) {
    *h = (*h ^ value) * 1099511628211u;
}

static int index_of(const struct thread *thread) {
    int i = 0;
    while (threads[i] != thread)
        i++;
    return i;
}

/* Tokens differ from system to system, but not whose call they are of, and which. */
static uint64_t token_meaning(uint64_t token) {
    for (int i = 0; i < NR_THREADS && token != 0; i++)
        if (token % OBJECTS_MAX == first_tokens[i] % OBJECTS_MAX)
            return token - first_tokens[i] + (uint64_t)i;
    return token;
}

static uint64_t hash_step(void) {
    static const uint8_t registers[] = {1, 5, 6, 10, 11, 12, 13, 14, 15, 16, 17, 28, 31};
    uint64_t h = HASH_START;
    int i = index_of(running);
    hash(&h, (uint64_t)i);
    hash(&h, is_clean(running, i));
    for (size_t n = 0; n < sizeof(registers); n++)
        hash(&h, running->x[registers[n]]);
    hash(&h, token_meaning(running->x[T2]));
    for (size_t n = 0; n < MESSAGE_BYTES_MAX; n++)
        hash(&h, running->buffer->bytes[n]);
    hash(&h, running->buffer->handles[0]);
    for (i = 0; i < NR_THREADS; i++)
        hash(&h, threads[i]->state);
    return h;
}

static void step(void) {
    if (running == threads[IDLE])
        idle_step();
    else if (running == threads[SERVER])
        server_step();
    else
        client_step(gates[index_of(running)]);
    nr_fast += usermode_cost < FAST_COST;
    if (running == threads[SERVER] && running->x[T2] != 0)
        tokens[newest = random_below(NR_TOKENS)] = running->x[T2];
}

/* ---- both ways ---- */

/* The first step that shows something else than `seen`, which is filled if `is_first`. */
static int run(uint64_t seed, uint8_t slow, bool is_first) {
    random_state = seed;
    nr_fast = 0;
    memset(tokens, 0, sizeof(tokens));
    newest = 0;
    if (world_begin(slow) != OK)
        return 0;
    for (int i = 0; i < NR_THREADS; i++)
        first_tokens[i] = threads[i]->token;
    for (int n = 0; n < NR_STEPS; n++) {
        step();
        uint64_t h = hash_step();
        if (is_first)
            seen[n] = h;
        else if (seen[n] != h)
            return n;
    }
    return NR_STEPS;
}

static void compare(uint64_t seed) {
    int nr_same = run(seed, SLOW_ALWAYS, true);
    unsigned nr_fast_of_slow = nr_fast;
    world_end();
    CHECK_EQUAL(nr_same, NR_STEPS, "all steps by message.c");
    CHECK_EQUAL(nr_fast_of_slow, 0, "none of them quick");
    nr_same = run(seed, 0, false);
    world_end();
    CHECK_EQUAL(nr_same, NR_STEPS, "all steps the same by fastpath.S");
    CHECK_EQUAL(nr_fast > NR_STEPS / 20 ? 0 : nr_fast, 0, "which many went by");
}

SELFTEST("message_paths", message_paths) {
    for (uint64_t seed = 1; seed <= 5; seed++)
        compare(seed);
}
