/* user/apps/killany.c - a busy little system, whose processes are killed at any moment
 * (TAP).
 *
 * Its parts call each other, hand over handles, share memory, fault, wait and make more
 * processes.  The first thread is more urgent than all of them: it sleeps for a random
 * time, so it comes in between any two of their instructions and at every entry into the
 * kernel and exit from it, kills one that the seed chooses, and puts a new one in its
 * place.  The others go on, and in the end all that any of them had has come back.
 * Arguments: how many are killed, and the seed. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/compiler.h"
#include "lib/string.h"
#include "user/lib/child.h"
#include "user/lib/clock.h"
#include "user/lib/message.h"
#include "user/lib/random.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define KILLS       1000
#define PAGE        4096
#define PART_FRAMES 96
#define PART_HEAP   (9 << 10)
#define PAUSE_NS    50000  /* the longest between two kills */
#define BURST       5      /* kills between two looks whether it goes on */
#define CHILD_NS    200000 /* the longest that a child of one lives */
#define PATIENCE_NS 2000000000
#define TRIES       2000

#define COMMON_AT 0x234560000 /* memory that all have            */
#define FAULTS_AT 0x240000000 /* where the toucher's pages come  */
#define OWN_AT    0x250000000 /* where the mapper maps           */
#define PAGES     8

enum { LABEL_ECHO = 1, LABEL_LATER };

static struct common {
    uint64_t nr_rounds[16]; /* of each part, and of those that were killed in its place */
    uint64_t bytes[64];
} *const common = (struct common *)COMMON_AT;

/* From here to the next headline: each part has a copy, as it is when it is made; the
 * handles are those that it was given. */
static struct {
    uint64_t process;      /* itself */
    uint64_t gate;         /* to the server */
    uint64_t endpoint;     /* the server's, or the pager's */
    uint64_t notification; /* everybody's */
    uint64_t memory;       /* PAGES, everybody's */
    uint64_t toucher;      /* the pager's: to map into */
} given;
static uint64_t random_state;

static uint64_t random_below(uint64_t n) {
    return splitmix64(&random_state) % n;
}

static void receive(struct message *m) {
    *m = (struct message){.tag = tag_make(0, 0, 0, MESSAGE_HANDLES_MAX)};
    (void)!message_receive((handle_t)given.endpoint, m);
    for (uint32_t i = 0; i < tag_handles(m->tag); i++)
        (void)!handle_close(message_buffer()->handles[i]);
}

/* Answers now or a call later, and brings back a handle of its own. */
static void serve(void) {
    static uint64_t later;
    uint64_t notification;
    struct message m;
    receive(&m);
    uint64_t token = m.token;
    if (tag_label(m.tag) == LABEL_LATER) {
        token = later;
        later = m.token;
    }
    m.tag = tag_make(LABEL_ECHO, MESSAGE_BYTES_MAX, 0, 0);
    if (notification_create(&notification) == OK) {
        message_buffer()->handles[0] = (handle_t)notification;
        m.tag |= (uint64_t)1 << TAG_HANDLES_SHIFT;
    }
    (void)!message_reply(token, &m);
    (void)!handle_close((handle_t)notification); /* if it could not be sent */
    common->bytes[random_below(ARRAY_SIZE(common->bytes))] = m.words[0];
}

static void call_server(void) {
    uint64_t handle;
    struct message m = {.words = {random_below(100)}};
    uint32_t label = random_below(4) == 0 ? LABEL_LATER : LABEL_ECHO;
    m.tag = tag_make(label, (uint32_t)random_below(MESSAGE_BYTES_MAX), 0,
                     (uint32_t)random_below(2));
    if (random_below(2) == 0 && endpoint_create(&handle) == OK) {
        message_buffer()->handles[0] = (handle_t)handle;
        m.tag |= (uint64_t)1 << TAG_HANDLES_SHIFT;
    }
    uint64_t gate = given.gate, soon_ns = clock_now_ns() + random_below(20000);
    if (random_below(8) == 0)
        (void)!message_send_until((handle_t)gate, &m, soon_ns);
    else if (random_below(4) == 0)
        (void)!message_call((handle_t)gate, &m);
    else
        (void)!message_call_until((handle_t)gate, &m, soon_ns);
    for (uint32_t i = 0; i < tag_handles(m.tag) && i < MESSAGE_HANDLES_MAX; i++)
        (void)!handle_close(message_buffer()->handles[i]);
}

/* The toucher's pager: give it the page that it wants. */
static void page_in(void) {
    uint64_t piece;
    struct message m;
    receive(&m);
    uint64_t offset = (m.words[1] - FAULTS_AT) / PAGE * PAGE;
    if (tag_label(m.tag) == LABEL_FAULT)
        (void)!process_map((handle_t)given.toucher, (handle_t)given.memory,
                           FAULTS_AT + offset, offset, PAGE, MAP_READ | MAP_WRITE,
                           &piece);
    m.tag = 0;
    (void)!message_reply(m.token, &m);
}

static void touch(void) {
    uint64_t piece, page = random_below(PAGES) * PAGE;
    *(volatile uint64_t *)(FAULTS_AT + page) += 1;
    (void)!process_unmap((handle_t)given.process, FAULTS_AT + random_below(PAGES) * PAGE,
                         PAGE, &piece);
}

static void map_and_share(void) {
    uint64_t lender = 0, borrower = 0, piece;
    handle_t self = (handle_t)given.process;
    if (memory_create(self, PAGES * PAGE, 0, &lender) == OK &&
        memory_create(self, PAGES * PAGE, random_below(2), &borrower) == OK) {
        (void)!space_map(self, (handle_t)lender, OWN_AT, 0, PAGES * PAGE,
                         MAP_READ | MAP_WRITE);
        (void)!memory_share((handle_t)borrower, 0, (handle_t)lender, 0, PAGES * PAGE,
                            &piece);
        (void)!process_unmap(self, OWN_AT + PAGE, random_below(PAGES - 1) * PAGE, &piece);
        (void)!memory_unshare((handle_t)lender, 0, PAGES * PAGE, &piece);
        (void)!handle_revoke((handle_t)lender);
        for (int i = 0; i < PAGES; i++)
            (void)!process_unmap(self, OWN_AT, PAGES * PAGE, &piece);
    }
    (void)!handle_close((handle_t)lender);
    (void)!handle_close((handle_t)borrower);
}

static void make_process(void) {
    uint64_t child, thread;
    if (process_create("child", 5, 10, 4 << 10, &child) != OK)
        return;
    if (thread_create((handle_t)child, OWN_AT, 0, 0, &thread) == OK) {
        (void)!thread_resume((handle_t)thread); /* into nothing: it is killed for that */
        (void)!handle_close((handle_t)thread);
    }
    (void)!process_watch((handle_t)child, (handle_t)given.notification, 2);
    if (random_below(2) == 0)
        (void)!process_kill((handle_t)child);
    clock_pause(random_below(CHILD_NS));
    (void)!handle_close((handle_t)child);
}

static void wait_a_little(void) {
    uint64_t bits, soon_ns = clock_now_ns() + random_below(20000);
    handle_t notification = (handle_t)given.notification;
    if (random_below(3) == 0)
        (void)!thread_sleep(soon_ns);
    else if (random_below(2) == 0)
        (void)!notification_signal(notification, 1);
    else
        (void)!notification_timer(notification, soon_ns, 4);
    (void)!notification_wait_until(notification, soon_ns, &bits);
}

static const struct {
    const char *name;
    void (*round)(void);
} parts[] = {
    {"server", serve},         {"pager", page_in},        {"toucher", touch},
    {"client-a", call_server}, {"client-b", call_server}, {"mapper", map_and_share},
    {"maker", make_process},   {"waiter", wait_a_little},
};
enum { SERVER, PAGER, TOUCHER };

NORETURN static void part_run(uint64_t index) {
    for (;;) {
        parts[index].round();
        common->nr_rounds[index]++;
    }
}

/* ---- the first thread ---- */

static uint64_t endpoints[2]; /* the server's and the pager's */
static uint64_t notification, common_memory, pages_memory;
static uint64_t processes[ARRAY_SIZE(parts)]; /* 0: none */

static status_t give(uint64_t process, uint64_t handle, uint64_t rights, uint64_t *out) {
    return process_give((handle_t)process, (handle_t)handle, rights, out);
}

static status_t part_give(uint64_t index, uint64_t process) {
    uint64_t gate = 0;
    memset(&given, 0, sizeof(given));
    status_t st = gate_create((handle_t)endpoints[SERVER], index, &gate);
    if (st == OK)
        st = give(process, gate, RIGHTS_OF_GATE, &given.gate);
    (void)!handle_close((handle_t)gate);
    if (st == OK)
        st = give(process, process, RIGHTS_OF_PROCESS, &given.process);
    if (st == OK)
        st = give(process, notification, RIGHT_SIGNAL | RIGHT_WAIT, &given.notification);
    if (st == OK)
        st = give(process, pages_memory, RIGHTS_OF_MEMORY, &given.memory);
    if (st == OK && index <= PAGER)
        st = give(process, endpoints[index], RIGHT_RECEIVE, &given.endpoint);
    if (st == OK && index == PAGER)
        (void)!give(process, processes[TOUCHER], RIGHTS_OF_PROCESS, &given.toucher);
    return st;
}

/* Its one thread, less urgent than this one, with the pager for its faults. */
static status_t part_thread(uint64_t index, uint64_t process) {
    uint64_t thread = 0, gate = 0;
    status_t st = child_thread(process, part_run, index, &thread);
    if (st == OK)
        st = thread_set_schedule((handle_t)thread, 4, 100000, UINT64_MAX);
    if (st == OK && index == TOUCHER)
        st = gate_create((handle_t)endpoints[PAGER], 0, &gate);
    if (st == OK)
        st = thread_set_handlers((handle_t)thread, (handle_t)gate, 0);
    if (st == OK)
        st = thread_resume((handle_t)thread);
    (void)!handle_close((handle_t)thread);
    (void)!handle_close((handle_t)gate);
    return st;
}

static status_t part_start(uint64_t index) {
    uint64_t process = 0;
    status_t st = child_create(parts[index].name, PART_FRAMES, PART_HEAP, &process);
    if (st == OK)
        st = part_give(index, process);
    if (st == OK)
        st = child_copy(process);
    if (st == OK)
        st = space_map((handle_t)process, (handle_t)common_memory, COMMON_AT, 0, PAGE,
                       MAP_READ | MAP_WRITE);
    if (st == OK)
        st = part_thread(index, process);
    if (st != OK)
        (void)!handle_close((handle_t)process);
    else
        processes[index] = process;
    return st;
}

static void part_kill(uint64_t index) {
    child_kill(processes[index]);
    processes[index] = 0;
}

/* What was killed gives back its quota a little later. */
static status_t part_start_soon(uint64_t index) {
    status_t st = part_start(index);
    for (int tries = 0; st != OK && tries < TRIES; tries++) {
        clock_pause(PAUSE_NS);
        st = part_start(index);
    }
    /* The pager knows the toucher by a handle: it gets a new one. */
    if (st == OK && index == TOUCHER) {
        part_kill(PAGER);
        st = part_start_soon(PAGER);
    }
    return st;
}

static bool has_ended(uint64_t index) {
    uint64_t exit_code;
    return process_result((handle_t)processes[index], &exit_code) != ERR_AGAIN;
}

/* Some end by themselves: the toucher when its pager dies. */
static status_t parts_mend(void) {
    status_t st = OK;
    for (uint64_t i = 0; st == OK && i < ARRAY_SIZE(parts); i++) {
        if (processes[i] != 0 && !has_ended(i))
            continue;
        part_kill(i);
        st = part_start_soon(i);
    }
    return st;
}

/* Does the part do at least one more round? */
static bool goes_on(uint64_t index) {
    uint64_t before = common->nr_rounds[index], end_ns = clock_now_ns() + PATIENCE_NS;
    while (common->nr_rounds[index] == before && clock_now_ns() < end_ns) {
        clock_pause(PAUSE_NS);
        (void)!parts_mend();
    }
    return common->nr_rounds[index] != before;
}

/* In bursts: what was killed leaves news of its gates, for which this process pays until
 * the server hears of it. */
static status_t kill_many(uint64_t nr_kills) {
    status_t st = parts_mend();
    for (uint64_t n = 1; st == OK && n <= nr_kills; n++) {
        clock_pause(random_below(PAUSE_NS));
        part_kill(random_below(ARRAY_SIZE(parts)));
        st = parts_mend();
        if (st == OK && n % BURST == 0 && !(goes_on(SERVER) && goes_on(PAGER)))
            st = ERR_TIMEOUT;
    }
    return st;
}

/* So the table of handles is as large as it will be. */
static status_t handles_make_room(void) {
    uint64_t handles[64];
    status_t st = OK;
    for (size_t i = 0; i < ARRAY_SIZE(handles); i++)
        if (st == OK)
            st = handle_copy(own_process, 0, &handles[i]);
    for (size_t i = 0; i < ARRAY_SIZE(handles); i++)
        (void)!handle_close((handle_t)handles[i]);
    return st;
}

static status_t common_make(void) {
    status_t st = handles_make_room();
    if (st == OK)
        st = space_add_shared(own_process, COMMON_AT, PAGE, &common_memory);
    if (st == OK)
        st = memory_create(own_process, PAGES * PAGE, 0, &pages_memory);
    uint64_t piece;
    if (st == OK)
        st = memory_commit((handle_t)pages_memory, 0, PAGES * PAGE, &piece);
    if (st == OK)
        st = notification_create(&notification);
    for (int i = 0; st == OK && i < 2; i++)
        st = endpoint_create(&endpoints[i]);
    return st;
}

int main(int argc, char **argv) {
    uint64_t nr_kills = argc > 1 ? (uint64_t)atoi(argv[1]) : KILLS;
    random_state = argc > 2 ? (uint64_t)atoi(argv[2]) : 1;
    struct process_info before = {0};
    tap_plan(3 + ARRAY_SIZE(parts));
    tap_status(common_make(), OK, "what all parts share");
    (void)!process_inspect(own_process, &before);
    tap_status(kill_many(nr_kills), OK, "killed, and others put in their places");
    for (uint64_t i = 0; i < ARRAY_SIZE(parts); i++)
        tap_check(goes_on(i), "after %lu kills the %s goes on", nr_kills, parts[i].name);
    for (uint64_t i = 0; i < ARRAY_SIZE(parts); i++)
        part_kill(i);
    for (int i = 0; i < 2; i++) { /* with what waits there to be received */
        (void)!handle_close((handle_t)endpoints[i]);
        (void)!endpoint_create(&endpoints[i]);
    }
    tap_check(child_all_is_back(&before), "all that they had came back");
    return tap_end();
}
