/* user/apps/patternpager.c - a pager: memory that comes when it is touched.
 *
 * A client in a process of its own reads memory that is not there.  Its faults are
 * messages to the pager, which makes a page, fills it with a pattern and answers; then
 * the client's instruction is tried again, and the client has noticed nothing.  In the
 * end it reads where the pager has nothing to give, and that is its end. */
#include "kernel/abi/addresses.h"
#include "kernel/abi/rights.h"
#include "lib/compiler.h"
#include "user/lib/child.h"
#include "user/lib/server.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define RANGE_AT    ((uint64_t)0x40000000)
#define NR_PAGES    16
#define RANGE_BYTES (NR_PAGES * USER_PAGE_BYTES)

#define CLIENT_FRAMES     160
#define CLIENT_HEAP_BYTES ((size_t)32 << 10)

enum { TRY_AGAIN, KILL }; /* labels of the answer to a fault */

/* What the word at an address of the range is to be. */
static uint64_t pattern(uint64_t address) {
    return ~address;
}

/* ---- the client ---- */

static uint64_t client_system; /* its handle to the system, to print by */

NORETURN static void client(uint64_t unused) {
    const volatile uint64_t *range = (const volatile uint64_t *)RANGE_AT;
    size_t nr_words = RANGE_BYTES / sizeof(*range), nr_right = 0;
    (void)unused;
    own_system = (handle_t)client_system;
    for (size_t i = 0; i < nr_words; i++)
        nr_right += range[i] == pattern(RANGE_AT + i * sizeof(*range));
    printf("client: %zu of %zu words are right\n", nr_right, nr_words);
    printf("client: the word behind them is %lu\n", range[nr_words]);
    exit(0);
}

/* ---- the pager ---- */

struct pager {
    uint64_t client, client_thread;
    size_t nr_filled;
};

static status_t fill(struct pager *pager, uint64_t page_at) {
    static uint64_t words[USER_PAGE_BYTES / sizeof(uint64_t)];
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        words[i] = pattern(page_at + i * sizeof(words[0]));
    handle_t process = (handle_t)pager->client;
    status_t st = space_add(process, page_at, sizeof(words));
    if (st == OK)
        st = space_write(process, page_at, words, sizeof(words));
    if (st == OK)
        st = space_protect(process, page_at, sizeof(words), MAP_READ);
    return st;
}

static enum server_answer fault(void *context, struct message *m) {
    struct pager *pager = context;
    uint64_t kind = m->words[0], address = m->words[1], pc = m->words[2];
    bool is_mine = kind == FAULT_LOAD && address - RANGE_AT < RANGE_BYTES;
    printf("pager: fault %lu at %#lx, pc %#lx%s\n", kind, address, pc,
           is_mine ? "" : ": I have nothing there");
    if (is_mine && fill(pager, address & ~(USER_PAGE_BYTES - 1)) == OK) {
        pager->nr_filled++;
        m->tag = tag_make(TRY_AGAIN, 0, 0, 0);
    } else {
        m->tag = tag_make(KILL, 0, 0, 0);
    }
    return SERVER_REPLY;
}

static enum server_answer ended(void *context, struct message *m) {
    (void)context, (void)m;
    return SERVER_STOP;
}

static const struct server_handler table[] = {
    {LABEL_FAULT, fault, 0},
    {LABEL_NOTIFIED, ended, 0},
    {0, NULL, 0},
};

/* The client, whose thread does not run yet. */
static status_t make_client(struct pager *pager) {
    status_t st =
        child_create("client", CLIENT_FRAMES, CLIENT_HEAP_BYTES, &pager->client);
    if (st == OK)
        st = process_give((handle_t)pager->client, own_system, RIGHTS_OF_SYSTEM,
                          &client_system);
    if (st == OK)
        st = child_copy(pager->client);
    return st == OK ? child_thread(pager->client, client, 0, &pager->client_thread) : st;
}

/* The client's faults and its end are both to come to the endpoint. */
static status_t connect(const struct pager *pager, handle_t endpoint) {
    uint64_t gate, notification;
    status_t st = gate_create(endpoint, 0, &gate);
    if (st == OK)
        st = thread_set_handlers((handle_t)pager->client_thread, (handle_t)gate, 0);
    if (st == OK)
        st = notification_create(&notification);
    if (st == OK)
        st = notification_bind((handle_t)notification, endpoint);
    if (st == OK)
        st = process_watch((handle_t)pager->client, (handle_t)notification, 1);
    return st;
}

int main(int argc, char **argv) {
    static struct pager pager;
    uint64_t endpoint, exit_code;
    (void)argc, (void)argv;
    if (endpoint_create(&endpoint) != OK || make_client(&pager) != OK ||
        connect(&pager, (handle_t)endpoint) != OK ||
        thread_resume((handle_t)pager.client_thread) != OK ||
        server_run((handle_t)endpoint, table, &pager) != OK)
        return 1;
    status_t st = process_result((handle_t)pager.client, &exit_code);
    printf("pager: the client has ended: %s; %zu pages were filled\n", status_text(st),
           pager.nr_filled);
    return st == ERR_KILLED && pager.nr_filled == NR_PAGES ? 0 : 1;
}
