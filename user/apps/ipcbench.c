/* user/apps/ipcbench.c - what a call and its reply cost: `ipcbench 1000`.
 *
 * The server is a process of its own, a dozen instructions that answer every call with
 * what it said.  Counts retired instructions, exactly under QEMU's `-icount shift=0`: the
 * kernel's alone, from trap to sret, and the time of all the round trips. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "user/lib/clock.h"
#include "user/lib/message.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define CODE_AT    0x10000
#define CODE_BYTES 4096
#define FRAMES_MAX 40
#define HEAP_MAX   32768

/* Besides the kernel's: two ecalls, five of the server's, the second reading. */
#define AROUND 8

/* a0 = the endpoint: receive, then reply and receive for ever. */
extern const char server_start[], server_end[];
__asm__(".pushsection .rodata\n"
        ".option push\n"
        ".option norvc\n"
        "server_start:\n"
        "    mv    s0, a0\n"
        "    li    a1, 0\n"
        "    li    a7, -66\n" /* SYS_receive */
        "    ecall\n"
        "1:  mv    a0, s0\n"
        "    mv    t1, t2\n"
        "    li    a7, -67\n" /* SYS_reply_receive */
        "    ecall\n"
        "    j     1b\n"
        "server_end:\n"
        ".option pop\n"
        ".popsection\n");

static uint64_t child, gate;

static status_t load_server(void) {
    uint64_t memory, done;
    status_t st = memory_create((handle_t)child, CODE_BYTES, 0, &memory);
    if (st == OK)
        st = process_map((handle_t)child, (handle_t)memory, CODE_AT, 0, CODE_BYTES,
                         MAP_READ | MAP_WRITE, &done);
    if (st == OK)
        st = process_write((handle_t)child, CODE_AT, server_start,
                           (size_t)(server_end - server_start), &done);
    if (st == OK)
        st = process_protect((handle_t)child, CODE_AT, CODE_BYTES, MAP_READ | MAP_EXECUTE,
                             &done);
    return st;
}

static status_t start_server(void) {
    uint64_t endpoint, given, thread;
    status_t st = endpoint_create(&endpoint);
    if (st == OK)
        st = gate_create((handle_t)endpoint, 1, &gate);
    if (st == OK)
        st = process_create("echo", 4, FRAMES_MAX, HEAP_MAX, &child);
    if (st == OK)
        st = load_server();
    if (st == OK)
        st = process_give((handle_t)child, (handle_t)endpoint,
                          RIGHTS_OF_ENDPOINT & ~(uint64_t)RIGHT_COPY, &given);
    if (st == OK)
        st = handle_close((handle_t)endpoint);
    if (st == OK)
        st = thread_create((handle_t)child, CODE_AT, 0, given, &thread);
    if (st == OK)
        st = thread_resume((handle_t)thread);
    return st;
}

/* One round trip: its instructions, or 0 if an error came back. */
static uint64_t round_trip(uint64_t tag) {
    register uint64_t a0 __asm__("a0") = gate;
    register uint64_t a1 __asm__("a1") = tag;
    register uint64_t a7 __asm__("a7") = (uint64_t)(int64_t)SYS_call;
    uint64_t before, after;
    __asm__ volatile("rdinstret s2\n"
                     "ecall\n"
                     "rdinstret s3\n"
                     "mv %[before], s2\n"
                     "mv %[after], s3\n"
                     : [before] "=&r"(before), [after] "=&r"(after), "+r"(a0), "+r"(a1),
                       "+r"(a7)
                     :
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2",
                       "a3", "a4", "a5", "a6", "s2", "s3");
    return a0 == OK ? after - before - AROUND : 0;
}

/* The least of many, since the timer may have taken a turn in one. */
static bool measure(const char *name, uint64_t tag, int nr_trips) {
    uint64_t least = UINT64_MAX, start_ns = clock_now_ns();
    for (int i = 0; i < nr_trips; i++) {
        uint64_t cost = round_trip(tag);
        if (cost == 0)
            return false;
        if (cost < least)
            least = cost;
    }
    printf("bench: ipc %s %lu.00\n", name, least);
    printf("%s: %d round trips, %lu ns each\n", name, nr_trips,
           (clock_now_ns() - start_ns) / (uint64_t)nr_trips);
    return true;
}

int main(int argc, char **argv) {
    int nr_trips = argc > 1 ? atoi(argv[1]) : 1000;
    if (nr_trips <= 0) {
        printf("usage: ipcbench ROUND_TRIPS\n");
        return 1;
    }
    status_t st = start_server();
    if (st != OK) {
        printf("ipcbench: no server: %s\n", status_text(st));
        return 1;
    }
    message_buffer()->bytes[0] = 1;
    bool is_ok = measure("words", tag_make(1, 0, 0, 0), nr_trips) &&
                 measure("bytes", tag_make(1, 64, 0, 0), nr_trips);
    (void)!process_kill((handle_t)child);
    return is_ok ? 0 : 1;
}
