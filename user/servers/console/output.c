/* user/servers/console/output.c - see output.h. */
#include "user/servers/console/output.h"
#include "lib/string.h"
#include "user/servers/console/ring.h"
#include "user/servers/console/uart.h"

#define WAITING_BYTES_MAX 16384
#define WRITERS_MAX       64

static char bytes[WAITING_BYTES_MAX];
static struct ring waiting = {.bytes = bytes, .max_bytes = sizeof(bytes)};
static uint64_t writers[WRITERS_MAX]; /* tokens: all are answered when nothing waits */
static size_t nr_writers;

bool output_waits(void) {
    return waiting.nr_bytes > 0;
}

void output_pump(void) {
    while (output_waits() && uart_put(ring_first(&waiting)))
        ring_drop_first(&waiting);
    if (output_waits())
        return;
    for (size_t i = 0; i < nr_writers; i++) {
        struct message m = {.words = {(uint64_t)OK}};
        (void)!message_reply(writers[i], &m); /* who has died needs no answer */
    }
    nr_writers = 0;
}

static void put(char c) {
    while (!ring_put(&waiting, c))
        output_pump();
}

void output_put(const char *text, size_t nr_bytes) {
    for (size_t i = 0; i < nr_bytes; i++) {
        if (text[i] == '\n')
            put('\r');
        put(text[i]);
    }
    output_pump();
}

void output_line(const char *text) {
    output_put(text, strlen(text));
    output_put("\n", 1);
}

enum server_answer output_answer(struct message *m) {
    if (!output_waits() || nr_writers == WRITERS_MAX)
        return server_status(m, OK);
    writers[nr_writers++] = m->token;
    return SERVER_LATER;
}
