/* user/apps/makeproc.c - makes processes by hand: memory, code, a thread (TAP).
 *
 * What a loader does, step by step, and that the result is as told. */
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/clock.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGE       4096
#define CODE_AT    0x10000
#define MAX_FRAMES 40
#define MAX_HEAP   16384

/* The whole program of a child: exit with the code that it gets in a0. */
extern const char child_start[], child_end[];
__asm__(".pushsection .rodata\n"
        "child_start:\n"
        "    li    a7, -1\n" /* SYS_process_exit */
        "    ecall\n"
        "child_end:\n"
        ".popsection\n");

static uint64_t child;

static struct process_info own_info(void) {
    struct process_info info = {0};
    (void)!process_inspect(own_process, &info);
    return info;
}

static void test_memory(void) {
    uint64_t memory, done, value = 0;
    tap_status(memory_create((handle_t)child, 3 * PAGE, 0, &memory), OK,
               "memory for the child");
    tap_check(process_map((handle_t)child, (handle_t)memory, CODE_AT, PAGE, 2 * PAGE,
                          MAP_READ | MAP_WRITE, &done) == OK &&
                  done == 2 * PAGE,
              "its second and third page are mapped");
    tap_status(process_map((handle_t)child, (handle_t)memory, CODE_AT + PAGE, 0, PAGE,
                           MAP_READ, &done),
               ERR_OVERLAP, "nothing else can be mapped there");
    tap_status(handle_close((handle_t)memory), OK, "the memory stays without its handle");
    size_t nr_bytes = (size_t)(child_end - child_start);
    tap_check(process_write((handle_t)child, CODE_AT, child_start, nr_bytes, &done) ==
                      OK &&
                  done == nr_bytes,
              "code is written there");
    tap_check(process_read((handle_t)child, CODE_AT + 2, &value, 4, &done) == OK &&
                  memcmp(&value, child_start + 2, 4) == 0,
              "and read again");
    tap_check(process_protect((handle_t)child, CODE_AT, PAGE, MAP_READ | MAP_EXECUTE,
                              &done) == OK &&
                  done == PAGE,
              "it becomes executable");
    tap_status(process_write((handle_t)child, CODE_AT, child_start, 4, &done), ERR_FAULT,
               "and can be written no more");
    tap_check(process_write((handle_t)child, CODE_AT + 2 * PAGE - 4, child_start, 8,
                            &done) == ERR_FAULT &&
                  done == 4,
              "a copy ends where nothing is mapped");
}

static void test_run(void) {
    uint64_t thread, code = 0;
    tap_status(process_result((handle_t)child, &code), ERR_AGAIN, "it has not ended");
    tap_status(thread_create((handle_t)child, CODE_AT, 0, 42, &thread), OK, "a thread");
    tap_status(thread_resume((handle_t)thread), OK, "it runs");
    status_t st = ERR_AGAIN;
    for (int i = 0; i < 1000 && st == ERR_AGAIN; i++) {
        clock_pause(1000000);
        st = process_result((handle_t)child, &code);
    }
    tap_status(st, OK, "it has ended");
    tap_check(code == 42, "with its argument as exit code");
    tap_status(thread_resume((handle_t)thread), ERR_HANDLE, "the thread is no more");
    tap_status(process_kill((handle_t)child), ERR_CLOSED, "what has ended is not killed");
    tap_status(handle_close((handle_t)thread), OK, "its handle can be closed");
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(22);
    struct process_info before = own_info();
    tap_status(process_create("child", 5, MAX_FRAMES, MAX_HEAP, &child), OK, "a process");
    struct process_info during = own_info();
    tap_check(during.nr_frames == before.nr_frames + MAX_FRAMES &&
                  during.heap_bytes > before.heap_bytes + MAX_HEAP,
              "its limits come out of the creator's");
    test_memory();
    test_run();
    tap_status(handle_close((handle_t)child), OK, "its handle can be closed");
    struct process_info after = own_info();
    tap_check(after.nr_frames == before.nr_frames, "its frames are the creator's again");
    tap_check(after.heap_bytes == before.heap_bytes, "and so is its heap");
    return tap_end();
}
