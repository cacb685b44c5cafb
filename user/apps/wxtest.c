/* user/apps/wxtest.c - no page is writable and executable: each way to try it is fatal.
 *
 * Run as app="!wxtest text","!wxtest rodata","!wxtest stack","!wxtest heap","!wxtest
 * guard": each must be killed. */
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"

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

int main(int argc, char **argv) {
    uint32_t on_stack;
    const char *what = argc > 1 ? argv[1] : "";
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
