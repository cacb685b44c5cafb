/* tests/kernel/panic_test.c - ways to end in a panic, each on purpose: `test=panic_null`.
 *
 * tests/system reads the console and QEMU's status, 101.  `test=*` leaves them out. */
#include "kernel/panic.h"
#include "kernel/smp.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "tests/kernel/calls.h"
#include "tests/kernel/selftest.h"

SELFTEST("panic_assert", panic_assert) {
    unsigned answer = 41;
    ASSERT_EQUAL(answer, 42, "the answer is right");
}

SELFTEST("panic_null", panic_null) {
    volatile int *nothing = NULL;
    __asm__("" : "+r"(nothing)); /* so that the compiler does not see what we do */
    *nothing = 1;
}

SELFTEST("panic_text", panic_text) {
    extern char stext[];
    volatile char *text = stext;
    *text = 0;
}

SELFTEST("panic_execute", panic_execute) {
    static uint32_t code[] = {0x00008067}; /* ret, in .data */
    void (*function)(void) = (void (*)(void))(uintptr_t)code;
    function();
}

/* Not inlined, not a tail call: each level takes its frame. */
static NOINLINE unsigned descend(unsigned depth) {
    volatile char frame[256];
    frame[depth % sizeof(frame)] = (char)depth;
    if (depth == 1000000)
        return 0;
    return descend(depth + 1) + (unsigned)frame[0];
}

SELFTEST("panic_stack_overflow", panic_stack_overflow) {
    selftest_fail(__FILE__, __LINE__, "%u levels deep", descend(0));
}

static void overflow(void *unused) {
    (void)unused;
    selftest_fail(__FILE__, __LINE__, "%u levels deep", descend(0));
}

SELFTEST("panic_other_hart", panic_other_hart) {
    smp_call(overflow, NULL);
    smp_call_wait();
}

/* A panic that meets a second bug on its way: here the text it should print. */
SELFTEST("panic_twice", panic_twice) {
    const char *volatile nowhere = (const char *)8;
    PANIC("cannot say it: %s", nowhere);
}

static void panic_together(void *unused) {
    (void)unused;
    PANIC("hart %u panics too", hart_current()->index);
}

SELFTEST("panic_all_harts", panic_all_harts) {
    smp_call_all(panic_together, NULL);
}

SELFTEST("panic_double_free", panic_double_free) {
    void *block = kmalloc(100);
    kfree(block);
    kfree(block);
}

SELFTEST("panic_frame", panic_frame) {
    frame_dealloc(paddr(0x80000000));
}

SELFTEST("panic_alloc_error", panic_alloc_error) {
    handle_alloc_error((size_t)1 << 40, 8);
}
