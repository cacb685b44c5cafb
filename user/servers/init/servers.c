/* user/servers/init/servers.c - see servers.h. */
#include "user/servers/init/servers.h"
#include "lib/string.h"
#include "user/lib/initrd.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/servers/init/init.h"
#include "user/servers/init/item.h"

#define NAME_BYTES    16
#define SERVER_FRAMES 1024
#define SERVER_HEAP   ((size_t)128 << 10)
#define AT_ONCE_NS    100000000u  /* a server that ends within this has not served  */
#define AT_ONCE_MAX   5           /* so often in a row, then it is given up          */
#define STOP_NS       1000000000u /* has a server to end by itself                  */

struct server {
    char name[NAME_BYTES];
    char item[ITEM_BYTES];
    handle_t endpoint; /* 0: it was never used, or it was given up */
    bool is_given_up;
    struct started started; /* .process 0: it does not run */
    uint64_t started_ns;
    unsigned nr_at_once; /* how often in a row it has ended at once */
    uint64_t last_badge;
};

static struct server servers[SERVERS_MAX];
static size_t nr_servers;
static char default_item[ITEM_BYTES];
static handle_t endings;

/* ---- the list ---- */

static bool name_is(const struct server *server, const char *name, size_t nr_bytes) {
    return strlen(server->name) == nr_bytes && memcmp(server->name, name, nr_bytes) == 0;
}

static struct server *find(const char *name, size_t nr_bytes) {
    for (size_t i = 0; i < nr_servers; i++)
        if (name_is(&servers[i], name, nr_bytes))
            return &servers[i];
    return NULL;
}

/* Where the character stands in the text, or behind its end. */
static size_t index_of(char c, const char *text, size_t nr_bytes) {
    size_t i = 0;
    while (i < nr_bytes && text[i] != c)
        i++;
    return i;
}

/* NULL, or what is wrong with the line. */
static const char *line_add(const char *line, size_t nr_bytes) {
    size_t name_bytes = index_of(':', line, nr_bytes);
    if (nr_bytes >= ITEM_BYTES)
        return "too long";
    if (name_bytes == nr_bytes) {
        memcpy(default_item, line, nr_bytes);
        return NULL;
    }
    if (name_bytes == 0 || name_bytes >= NAME_BYTES || find(line, name_bytes) != NULL)
        return "no such name, or there is one already";
    if (nr_servers == SERVERS_MAX)
        return "too many servers";
    struct server *server = &servers[nr_servers++];
    memcpy(server->name, line, name_bytes);
    memcpy(server->item, line + name_bytes + 1, nr_bytes - name_bytes - 1);
    return NULL;
}

void servers_init(handle_t notification) {
    struct cpio_file file;
    endings = notification;
    if (initrd_find("init.list", &file) != OK)
        return;
    const char *text = file.data;
    for (size_t at = 0, length; at < file.data_bytes; at += length + 1) {
        length = index_of('\n', text + at, file.data_bytes - at);
        const char *problem = NULL;
        if (length > 0 && text[at] != '#')
            problem = line_add(text + at, length);
        if (problem != NULL)
            printf("[init] init.list: %.*s: %s\n", (int)length, text + at, problem);
    }
}

const char *servers_default_item(void) {
    return default_item;
}

/* ---- one server ---- */

static status_t start(struct server *server) {
    char text[ITEM_BYTES];
    struct share share = {SERVER_FRAMES, SERVER_HEAP};
    memcpy(text, server->item, sizeof(text)); /* to be cut up */
    (void)!clock_read(&server->started_ns);
    status_t st = item_start(text, NULL, server->endpoint, share, &server->started);
    if (st == OK)
        st = process_watch(server->started.process, endings,
                           1ul << (size_t)(server - servers));
    return st;
}

static void give_up(struct server *server) {
    server->is_given_up = true;
    (void)!handle_close(server->endpoint);
    server->endpoint = 0;
}

/* The first time it is used. */
static status_t make(struct server *server) {
    uint64_t endpoint;
    if (server->is_given_up)
        return ERR_CLOSED;
    if (server->endpoint != 0)
        return OK;
    status_t st = endpoint_create(&endpoint);
    if (st != OK)
        return st;
    server->endpoint = (handle_t)endpoint;
    st = start(server);
    if (st != OK)
        give_up(server);
    return st;
}

status_t servers_gate(const char *name, handle_t *gate) {
    uint64_t made = 0;
    struct server *server = find(name, strlen(name));
    status_t st = ERR_NOT_FOUND;
    if (server != NULL)
        st = make(server);
    else if (strcmp(name, "init") == 0)
        st = init_gate(&made);
    if (st == OK && server != NULL)
        st = gate_create(server->endpoint, ++server->last_badge, &made);
    *gate = (handle_t)made;
    return st;
}

static void start_again(struct server *server) {
    uint64_t now_ns, exit_code;
    status_t how = process_result(server->started.process, &exit_code);
    (void)!handle_close(server->started.process);
    server->started.process = 0;
    (void)!clock_read(&now_ns);
    bool was_at_once = now_ns - server->started_ns < AT_ONCE_NS;
    server->nr_at_once = was_at_once ? server->nr_at_once + 1 : 0;
    printf("[init] %s has ended (%s): ", server->name,
           how == OK ? "by itself" : "it was killed");
    if (server->nr_at_once == AT_ONCE_MAX) {
        printf("at once, %d times in a row: given up\n", AT_ONCE_MAX);
        give_up(server);
        return;
    }
    printf("started again\n");
    if (start(server) != OK)
        give_up(server);
}

void servers_ended(uint64_t bits) {
    for (size_t i = 0; i < nr_servers; i++)
        if ((bits & 1ul << i) != 0)
            start_again(&servers[i]);
}

status_t servers_restart(const char *name, size_t nr_bytes) {
    const struct server *server = find(name, nr_bytes);
    if (server == NULL || server->started.process == 0)
        return ERR_NOT_FOUND;
    return process_kill(server->started.process);
}

/* ---- the end ---- */

/* Without its endpoint a server ends by itself: its receive fails. */
static void stop(struct server *server) {
    handle_t process = server->started.process;
    uint64_t now_ns, bits, exit_code;
    while (handle_revoke(server->endpoint) == ERR_AGAIN)
        ;
    (void)!handle_close(server->endpoint);
    (void)!clock_read(&now_ns);
    status_t st = OK;
    while (st == OK && process_result(process, &exit_code) == ERR_AGAIN)
        st = notification_wait_until(endings, now_ns + STOP_NS, &bits);
    (void)!handle_close(process); /* if it has not ended that is its end */
}

void servers_stop(void) {
    for (size_t i = nr_servers; i > 0; i--)
        if (servers[i - 1].started.process != 0)
            stop(&servers[i - 1]);
}
