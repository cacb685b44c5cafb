/* tests/host/test_layout.c - user/lib/layout.c: which segments a process may have, and
 * how its arguments lie. */
#include "user/lib/layout.h"
#include "kernel/abi/addresses.h"
#include "tests/host/support.h"

/* Text in two pages, data with a tail of zeroes behind it. */
static const struct elf_image good = {
    .entry = 0x10010,
    .nr_segments = 2,
    .segments = {{.vaddr = 0x10010, .memory_bytes = 0x1800, .flags = ELF_R | ELF_X},
                 {.vaddr = 0x12000, .memory_bytes = 0x1800, .flags = ELF_R | ELF_W}},
};

static void test_good(void **state) {
    (void)state;
    assert_null(layout_fault(&good));
    assert_int_equal(layout_first_page(&good.segments[0]), 0x10000);
    assert_int_equal(layout_pages_bytes(&good.segments[0]), 0x2000);
    assert_int_equal(layout_pages_bytes(&good.segments[1]), 0x2000);
    const struct elf_segment byte = {.vaddr = 0x10fff, .memory_bytes = 1};
    assert_int_equal(layout_pages_bytes(&byte), 0x1000);
    const struct elf_segment two = {.vaddr = 0x10fff, .memory_bytes = 2};
    assert_int_equal(layout_pages_bytes(&two), 0x2000);
}

/* Change the second segment of a good program; it must be refused for that reason. */
#define REFUSED(change, fragment)                                                        \
    do {                                                                                 \
        struct elf_image image = good;                                                   \
        struct elf_segment *data = &image.segments[1];                                   \
        data->change;                                                                    \
        const char *why = layout_fault(&image);                                          \
        assert_non_null(why);                                                            \
        assert_non_null(strstr(why, fragment));                                          \
    } while (0)

static void test_refused(void **state) {
    (void)state;
    REFUSED(flags = ELF_R | ELF_W | ELF_X, "writable and executable");
    REFUSED(flags = ELF_W | ELF_X, "writable and executable");
    REFUSED(flags = ELF_W, "not readable");
    REFUSED(flags = 0, "not readable");
    REFUSED(vaddr = 0x11810, "share a page");
    REFUSED(vaddr = 0x11fff, "share a page");
    REFUSED(vaddr = 0xf000, "share a page");
    REFUSED(vaddr = 0, "outside");
    REFUSED(vaddr = USER_START - 1, "outside");
    REFUSED(vaddr = USER_STACK_TOP - 0x1000, "outside");
    REFUSED(vaddr = USER_IMAGE_END - 0x17ff, "outside");
    REFUSED(vaddr = 0xffffffff80200000, "outside");
    REFUSED(memory_bytes = UINT64_MAX, "outside");
    REFUSED(memory_bytes = (uint64_t)1 << 37, "larger");
    REFUSED(memory_bytes = PROGRAM_SEGMENT_MAX + 1, "larger");
}

static void test_edges(void **state) {
    (void)state;
    struct elf_image image = good;
    struct elf_segment *data = &image.segments[1];
    data->vaddr = USER_START;
    assert_null(layout_fault(&image));
    data->vaddr = USER_IMAGE_END - data->memory_bytes;
    assert_null(layout_fault(&image));
    data->vaddr = good.segments[1].vaddr;
    data->memory_bytes = PROGRAM_SEGMENT_MAX;
    assert_null(layout_fault(&image));
}

#define TOP USER_STACK_TOP

/* What the process will see at a user address. */
static const void *at(const struct layout_stack *stack, uint64_t va) {
    assert_true(va >= stack->address && va < TOP);
    return stack->bytes + (va - stack->address);
}

static void expect_arguments(int nr_words, const char *const *words) {
    struct layout_stack stack;
    memset(&stack, 0xa5, sizeof(stack));
    ASSERT_OK(layout_stack(TOP, nr_words, words, &stack));
    assert_int_equal(stack.address % 16, 0);
    assert_int_equal(stack.address + stack.nr_bytes, TOP);
    assert_true(stack.nr_bytes <= LAYOUT_STACK_MAX);
    assert_int_equal(stack.block.argc, nr_words);
    assert_int_equal(stack.block.system | stack.block.process | stack.block.initrd, 0);
    for (int i = 0; i < nr_words; i++) {
        uint64_t word;
        memcpy(&word, at(&stack, stack.block.argv + 8 * i), 8);
        assert_string_equal(at(&stack, word), words[i]);
    }
    uint64_t end;
    memcpy(&end, at(&stack, stack.block.argv + 8 * nr_words), 8);
    assert_int_equal(end, 0);
}

static void test_arguments(void **state) {
    (void)state;
    const char *const words[] = {"tiny", "one", "two words", "", "x"};
    for (int nr_words = 0; nr_words <= (int)ARRAY_SIZE(words); nr_words++)
        expect_arguments(nr_words, words);
}

/* Of every length, up to the one that does not fit. */
static void test_long_arguments(void **state) {
    (void)state;
    char text[LAYOUT_STACK_MAX + 16];
    const char *const words[] = {"tiny", text};
    struct layout_stack stack;
    size_t nr_bytes = 0;
    memset(text, 0, sizeof(text));
    while (layout_stack(TOP, 2, words, &stack) == OK) {
        expect_arguments(2, words);
        text[nr_bytes++] = 'x';
        assert_true(nr_bytes < LAYOUT_STACK_MAX);
    }
    ASSERT_STATUS(layout_stack(TOP, 2, words, &stack), ERR_TOO_SMALL);
    assert_true(nr_bytes > LAYOUT_STACK_MAX - sizeof(struct start_block) - 48);
    memset(text, 'x', sizeof(text) - 1);
    ASSERT_STATUS(layout_stack(TOP, 2, words, &stack), ERR_TOO_SMALL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),           cmocka_unit_test(test_refused),
        cmocka_unit_test(test_edges),          cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_long_arguments),
    };
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
