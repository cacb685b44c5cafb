/* user/servers/console/main.c - the console: it has the serial port, and shares it among
 * its clients.  The protocol: user/lib/console.h.
 *
 * usage: console REGISTERS SOURCE     the port's address, and its number at the PLIC
 *
 * One thread, one place to wait: the endpoint, to which the interrupt's notification is
 * bound.  init starts it (etc/init), and again when it dies: nothing that it knows need
 * outlive it. */
#include "kernel/abi/info.h"
#include "user/lib/console.h"
#include "user/lib/server.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/threads.h"
#include "user/servers/console/input.h"
#include "user/servers/console/output.h"
#include "user/servers/console/uart.h"

static handle_t foreground; /* whom Ctrl-C concerns; 0: nobody */
static uint64_t last_badge; /* of the gates that are made here */

static const char *buffer_text(void) {
    return (const char *)message_buffer()->bytes;
}

/* After all that may have changed whether there is something to send, or room. */
static enum server_answer listen(enum server_answer answer) {
    uart_listen(input_has_room(), output_waits());
    return answer;
}

static enum server_answer take_text(void *context, struct message *m) {
    (void)context;
    input_hide();
    output_put(buffer_text(), tag_bytes(m->tag));
    input_redraw();
    return listen(output_answer(m));
}

static enum server_answer take_reader(void *context, struct message *m) {
    (void)context;
    status_t st = input_read(m, buffer_text());
    return listen(st == OK ? SERVER_LATER : server_status(m, st));
}

static enum server_answer take_foreground(void *context, struct message *m) {
    (void)context;
    if (foreground != 0)
        (void)!handle_close(foreground);
    foreground = message_buffer()->handles[0];
    return server_status(m, OK);
}

/* A gate that its client had no place for stays behind: it goes before the next. */
static enum server_answer give_gate(void *context, struct message *m) {
    static uint64_t gate;
    (void)context;
    (void)!handle_close((handle_t)gate);
    status_t st = tag_takes(m->tag) == 0 ? ERR_INVALID : OK;
    if (st == OK)
        st = gate_create((handle_t)own_start->endpoint, ++last_badge, &gate);
    (void)server_status(m, st);
    if (st == OK) {
        message_buffer()->handles[0] = (handle_t)gate;
        m->tag = tag_make(0, 0, 1, 0);
    }
    return SERVER_REPLY;
}

static enum server_answer client_gone(void *context, struct message *m) {
    (void)context;
    input_forget(m->badge);
    return listen(SERVER_LATER);
}

static void put(void *sink, char c) {
    (void)sink;
    output_put(&c, 1);
}

static void show_threads(void) {
    input_hide();
    threads_show(put, NULL);
    input_redraw();
}

static enum server_answer interrupted(void *context, struct message *m) {
    unsigned nr_dumps, nr_cancels = input_take(&nr_dumps);
    (void)context, (void)m;
    if (nr_dumps > 0)
        show_threads();
    if (nr_cancels > 0 && foreground != 0)
        (void)!notification_signal(foreground, CONSOLE_CTRL_C);
    output_pump();
    return listen(SERVER_LATER);
}

static const struct server_handler table[] = {
    {CONSOLE_WRITE, take_text, 0},
    {CONSOLE_READ, take_reader, 0},
    {CONSOLE_FOREGROUND, take_foreground, 1},
    {CONSOLE_GATE, give_gate, 0},
    {LABEL_NOTIFIED, interrupted, 0},
    {LABEL_CLOSED, client_gone, 0},
    {0, NULL, 0},
};

int main(int argc, char **argv) {
    uint64_t interrupts;
    handle_t endpoint = (handle_t)own_start->endpoint;
    if (argc != 3 || endpoint == 0) {
        printf("usage: console REGISTERS SOURCE, and as a server\n");
        return 2;
    }
    (void)!clock_read(&last_badge); /* above those that another console gave */
    input_init();
    status_t st = notification_create(&interrupts);
    if (st == OK)
        st = uart_open(strtoul(argv[1], NULL, 0), strtoul(argv[2], NULL, 0),
                       (handle_t)interrupts);
    if (st == OK)
        st = notification_bind((handle_t)interrupts, endpoint);
    if (st != OK) {
        printf("console: no serial port at %s: %s\n", argv[1], status_text(st));
        return 1;
    }
    (void)listen(SERVER_LATER);
    return server_run(endpoint, table, NULL) == ERR_CLOSED ? 0 : 1;
}
