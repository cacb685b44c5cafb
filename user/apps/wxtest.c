/* user/apps/wxtest.c - no page is writable and executable: each way to try it is fatal.
 *
 * Run as app="!wxtest text","!wxtest rodata","!wxtest stack","!wxtest heap","!wxtest
 * guard": each must be killed.  But as app="@wxtest allowed" it may have such pages, and
 * as app="wxtest refused" it may not (TAP). */
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define RET 0x00008067u /* the instruction `ret` */

extern uint32_t _start[];

static const uint32_t constant[1] = {RET};

static void execute(uint32_t *instruction) {
    *instruction = RET;
    __asm__ volatile("fence.i" ::: "memory");
    ((void (*)(void))instruction)();
}

/* Uses up the stack, page by page. */
static NOINLINE unsigned overflow(unsigned depth) {
    volatile uint8_t page[4096];
    page[0] = (uint8_t)depth;
    return depth == 0 ? 0 : overflow(depth + 1) + page[0];
}

#define AT   0x10000000
#define PAGE 4096
#define ALL  (MAP_READ | MAP_WRITE | MAP_EXECUTE)
#define ADDI 0x00150513 /* addi a0, a0, 1 */

static status_t map(uint64_t memory, uint64_t flags) {
    uint64_t done;
    return process_map(own_process, memory, AT, 0, PAGE, flags, &done);
}

static int test_allowed(void) {
    uint64_t memory, allowed, copy, done;
    uint32_t *code = (uint32_t *)AT;
    tap_plan(9);
    tap_status(memory_create(own_process, PAGE, 0, &memory), OK, "memory");
    tap_status(map(memory, ALL), ERR_RIGHTS, "is not writable and executable");
    tap_status(memory_allow_wx(own_system, memory, &allowed), OK, "now it may be");
    tap_status(handle_copy(allowed, RIGHTS_OF_MEMORY, &copy), OK, "a copy without");
    tap_status(map(copy, ALL), ERR_RIGHTS, "may not");
    tap_status(map(allowed, ALL), OK, "is mapped");
    code[0] = ADDI;
    code[1] = RET;
    __asm__ volatile("fence.i" ::: "memory");
    tap_check(((uint64_t(*)(uint64_t))code)(41) == 42, "what is written there runs");
    tap_status(process_protect(own_process, AT, PAGE, MAP_READ, &done), OK, "no more");
    tap_status(process_protect(own_process, AT, PAGE, ALL, &done), OK, "and again");
    return tap_end();
}

static int test_refused(void) {
    uint64_t memory, allowed;
    tap_plan(4);
    tap_status(memory_create(own_process, PAGE, 0, &memory), OK, "memory");
    tap_status(memory_allow_wx(own_system, memory, &allowed), ERR_RIGHTS, "the system's");
    tap_status(memory_allow_wx(memory, memory, &allowed), ERR_TYPE, "is what it takes");
    tap_status(map(memory, ALL), ERR_RIGHTS, "so it stays as it is");
    return tap_end();
}

int main(int argc, char **argv) {
    uint32_t on_stack;
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "allowed") == 0)
        return test_allowed();
    if (strcmp(what, "refused") == 0)
        return test_refused();
    printf("wxtest: trying %s, the kernel should kill me\n", what);
    if (strcmp(what, "text") == 0)
        *(volatile uint32_t *)_start = RET;
    else if (strcmp(what, "rodata") == 0)
        *(volatile uint32_t *)(uintptr_t)constant = RET;
    else if (strcmp(what, "stack") == 0)
        execute(&on_stack);
    else if (strcmp(what, "heap") == 0)
        execute(malloc(sizeof(uint32_t)));
    else if (strcmp(what, "guard") == 0) /* recursion without an end */
        (void)overflow(1);
    else
        puts("wxtest: that is none of text, rodata, stack, heap, guard");
    puts("wxtest: still alive");
    return 0;
}
