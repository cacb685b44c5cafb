/* tests/kernel/heap_fault_test.c - what callers do wrong to a heap, made to happen:
 * `test=panic_heap_overflow`.  docs/en/heap-faults.md tells the story of each.
 *
 * Only debug builds notice the first two, and then panic; a release build says that it
 * did not.  Like all of panic_ and fail_, `test=*` leaves them out.
 * Not here: double free and exhaustion (panic_test.c), a leak (fail_test.c). */
#include "lib/list.h"
#include "mm/heap.h"
#include "tests/kernel/selftest.h"

#define UNNOTICED "nobody noticed: only BUILD=debug does"

/* So that the compiler cannot see that the block is free, or too small. */
#define FORGET(pointer) __asm__("" : "+r"(pointer))

SELFTEST("panic_heap_overflow", panic_heap_overflow) {
    char *name = kmalloc(40);
    FORGET(name);
    name[40] = '\0'; /* the classic: no room for the end of the string */
    kfree(name);
    selftest_fail(__FILE__, __LINE__, UNNOTICED);
}

SELFTEST("panic_use_after_free", panic_use_after_free) {
    struct pair {
        uint64_t first;
        uint64_t *second;
    } *pair = kmalloc(sizeof(*pair));
    static uint64_t answer;
    pair->second = &answer;
    kfree(pair);
    FORGET(pair);
    *pair->second = 42;
    selftest_fail(__FILE__, __LINE__, UNNOTICED);
}

/* A free block holds its list's links: who still writes into it changes the list. */
SELFTEST("fail_write_after_free", fail_write_after_free) {
    struct list *block = kmalloc(5000);
    kfree(block);
    FORGET(block);
    struct list *saved = block->prev;
    block->prev = NULL;
    const char *broken = heap_check();
    block->prev = saved;
    selftest_fail(__FILE__, __LINE__, "heap_check() says: %s", broken);
}
