/* tests/host/outside/outside.c - a program of somebody else's that uses libmm.a: it is
 * built with nothing but the library and its headers.  Prints TAP. */
#include <huoban_mm.h>
#include <stdio.h>
#include <string.h>

static unsigned char memory[1 << 20];
static int nr_tests;
static int nr_failed;

static void report(bool holds, const char *what) {
    nr_tests++;
    nr_failed += !holds;
    printf("%sok %d - %s\n", holds ? "" : "not ", nr_tests, what);
}

int main(void) {
    struct buddy b;
    printf("1..4\n");
    buddy_init(&b, BUDDY_SMALLEST_ORDER, BUDDY_ORDERS - 1);
    report(buddy_add(&b, memory, sizeof(memory)) == OK,
           "a buddy over the program's memory");
    char *text = buddy_alloc(&b, 100, 64);
    bool has_text = text != NULL;
    if (has_text)
        strcpy(text, "hello");
    report(has_text && buddy_free(&b, text) == OK, "a block comes and goes");
    report(buddy_check(&b) == NULL, "every invariant holds");
    heap_init();
    void *object = kmalloc(24);
    bool has_object = object != NULL;
    kfree(object);
    report(has_object && heap_check() == NULL, "kmalloc and kfree");
    return nr_failed != 0;
}
