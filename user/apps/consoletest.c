/* user/apps/consoletest.c - hostile and dying clients of the console.
 *
 * usage: consoletest             messages that no honest client sends (TAP)
 *        consoletest die         ends while it waits for a line
 *        consoletest interrupt   waits for Ctrl-C
 *        consoletest write N     writes N lines, 10 ms apart, and counts */
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/clock.h"
#include "user/lib/console.h"
#include "user/lib/server.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define MOMENT_NS 10000000u

static void sleep_moments(uint64_t n) {
    clock_pause(n * MOMENT_NS);
}

/* ---- hostile ---- */

/* The status in the answer to a message of this kind, or of the call. */
static status_t ask(uint32_t label, uint32_t nr_bytes, handle_t handle) {
    struct message m = {.tag = tag_make(label, nr_bytes, handle != 0, 1)};
    message_buffer()->handles[0] = handle;
    status_t st = message_call(own_console, &m);
    return st == OK ? (status_t)m.words[0] : st;
}

static handle_t copy_of(handle_t handle) {
    uint64_t copy;
    return handle_copy(handle, RIGHT_COPY, &copy) == OK ? (handle_t)copy : 0;
}

static uint64_t nr_full; /* how many of the readers were refused */

static void reader(uint64_t unused) {
    (void)unused;
    if (ask(CONSOLE_READ, 0, 0) == ERR_FULL)
        __atomic_fetch_add(&nr_full, 1, __ATOMIC_RELAXED);
    (void)!thread_exit();
}

static int test_messages(void) {
    struct message m = {.tag = tag_make(CONSOLE_READ, 0, 0, 0)};
    handle_t gate;
    tap_plan(12);
    tap_status(ask(0, 0, 0), ERR_NO_SYSCALL, "label 0");
    tap_status(ask(0x7fffffff, 512, 0), ERR_NO_SYSCALL, "the largest label");
    tap_status(ask(CONSOLE_WRITE, 0, 0), OK, "a write of nothing");
    tap_status(ask(CONSOLE_WRITE, 0, copy_of(own_process)), ERR_INVALID,
               "a write with a handle");
    tap_status(ask(CONSOLE_FOREGROUND, 0, 0), ERR_INVALID, "no notification");
    tap_status(ask(CONSOLE_FOREGROUND, 0, copy_of(own_process)), OK,
               "a process as the notification: Ctrl-C will do nothing");
    tap_status(message_send(own_console, &m), OK, "a read that wants no answer");
    m.tag = tag_make(CONSOLE_GATE, 0, 0, 0);
    tap_check(message_call(own_console, &m) == OK && (status_t)m.words[0] == ERR_INVALID,
              "a gate that nobody takes");
    tap_status(console_gate(own_console, &gate), OK, "one that is taken");
    tap_status(console_write(gate, "# through it\n", 13), OK, "and can be used");
    tap_check(handle_close(gate) == OK, "and closed");
    for (int i = 0; i < 12; i++)
        if (thread_start(reader, 0) != OK)
            return 1;
    for (int i = 0; i < 1000 && __atomic_load_n(&nr_full, __ATOMIC_RELAXED) < 10; i++)
        sleep_moments(1); /* on a busy host it takes a while */
    sleep_moments(5);
    tap_check(nr_full == 10, "of 12 who read at once, %lu are refused", nr_full);
    return tap_end(); /* and 2 wait for a line that they do not live to see */
}

/* ---- dying, waiting, writing ---- */

static int die(void) {
    if (thread_start(reader, 0) != OK)
        return 1;
    sleep_moments(10);
    printf("consoletest: dies\n");
    return 0;
}

static int wait_for_interrupt(void) {
    uint64_t notification, bits;
    if (notification_create(&notification) != OK ||
        console_foreground(own_console, (handle_t)notification) != OK)
        return 1;
    printf("consoletest: waits for Ctrl-C\n");
    status_t st = notification_wait((handle_t)notification, &bits);
    printf("consoletest: interrupted, bits %#lx\n", bits);
    return st == OK && bits == CONSOLE_CTRL_C ? 0 : 1;
}

static int write_lines(int nr_lines) {
    int nr_written = 0;
    for (int i = 0; i < nr_lines; i++) {
        char text[64];
        size_t nr_bytes =
            format_string(text, sizeof(text), "line %d of %d\n", i, nr_lines);
        nr_written += console_write(own_console, text, nr_bytes) == OK;
        sleep_moments(1);
    }
    printf("consoletest: %d of %d lines are written\n", nr_written, nr_lines);
    return nr_written == nr_lines ? 0 : 1;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (own_console == 0) {
        printf("consoletest: needs `<console`\n");
        return 2;
    }
    if (strcmp(what, "die") == 0)
        return die();
    if (strcmp(what, "interrupt") == 0)
        return wait_for_interrupt();
    if (strcmp(what, "write") == 0)
        return write_lines(argc > 2 ? atoi(argv[2]) : 1);
    return test_messages();
}
