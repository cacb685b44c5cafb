/* tests/host/test_frame_bank.c - mm/frame.c: which ranges are of use, and that one that
 * is passed over stays as it was. */
#include "mm/frame.h"

#include "tests/host/memory.h"

#define UNTOUCHED 0x5a

static int set_up(void **state) {
    memory_set_up(state);
    memset(arena.start, UNTOUCHED, MEMORY_BYTES);
    return 0;
}

/* Counts, books and lists all stand in the memory: of a range that is passed over no byte
 * changes, and no frame is known. */
static void expect_unused(const struct range_set *usable) {
    static uint8_t before[MEMORY_BYTES];
    memcpy(before, arena.start, MEMORY_BYTES);
    frame_init(usable, usable);
    assert_int_equal(nr_free_frames(), 0);
    assert_int_equal(frame_references(paddr(base)), 0);
    assert_int_equal(memcmp(arena.start, before, MEMORY_BYTES), 0);
    ASSERT_SOUND(frame_check());
}

static void test_of_no_use(void **state) {
    (void)state;
    const struct range ranges[] = {
        at(0, 0),
        at(100, 200),
        at(MIB - 1, MIB + PAGE_SIZE),
        at(MIB + 1, MIB + 2 * PAGE_SIZE - 1), /* no whole page */
        at(2 * MIB, MIB),
        {0, 1},
    };
    for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
        struct range_set usable = set_of(ranges[i]);
        expect_unused(&usable);
    }
}

/* Fail the Nth: a range has N bytes, for every N until it is of use: a page for the
 * counts, one for a frame, and a page with the books. */
static void test_fail_the_nth(void **state) {
    (void)state;
    const size_t least = 3 * PAGE_SIZE;
    for (size_t bytes = 0; bytes < least; bytes += 64) {
        struct range_set usable = set_of(at(MIB, MIB + bytes));
        expect_unused(&usable);
    }
    struct range_set usable = set_of(at(MIB, MIB + least));
    frame_init(&usable, &usable);
    assert_int_equal(nr_free_frames(), 1);
}

/* As many ranges as a set holds, each with its own counts; one that is of no use among
 * them is in nobody's way. */
static void test_number_of_banks(void **state) {
    (void)state;
    struct range_set usable = {0};
    const size_t bank_bytes = MEMORY_BYTES / RANGE_SET_MAX;
    for (size_t i = 0; i < RANGE_SET_MAX; i++) {
        size_t bytes = i == 7 ? PAGE_SIZE : bank_bytes - PAGE_SIZE;
        ASSERT_OK(range_set_add(&usable, at(i * bank_bytes, i * bank_bytes + bytes)));
    }
    frame_init(&usable, &usable);
    paddr_t frame;
    size_t nr_frames = 0;
    for (; frame_alloc(&frame) == OK; nr_frames++)
        assert_int_equal(frame_references(frame), 1);
    assert_int_equal(nr_frames, (RANGE_SET_MAX - 1) * (bank_bytes / PAGE_SIZE - 3));
}

/* What is RAM is known of frames that are not ours too. */
static void test_is_ram(void **state) {
    (void)state;
    struct range_set usable = set_of(at(MIB, 2 * MIB)), ram = set_of(at(0, 3 * MIB));
    frame_init(&ram, &usable);
    assert_true(frame_is_ram(at(0, 1)) && frame_is_ram(at(3 * MIB - 1, 4 * MIB)));
    assert_false(frame_is_ram(at(3 * MIB, 4 * MIB)));
}

/* Every frame in use and counted, a row that goes on into the next bank is no run. */
static void test_no_run_spans_banks(void **state) {
    (void)state;
    struct range_set usable = {.nr_ranges = 2, .ranges = {at(0, MIB), at(MIB, 2 * MIB)}};
    frame_init(&usable, &usable);
    paddr_t frame;
    while (frame_alloc(&frame) == OK)
        ;
    const size_t nr_in_bank = MIB / PAGE_SIZE;
    for (size_t first = 1; first < nr_in_bank; first++)
        ASSERT_STATUS(frame_free_run(paddr(base + first * PAGE_SIZE), nr_in_bank),
                      ERR_FOREIGN);
    assert_int_equal(nr_free_frames(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, memory_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_of_no_use), TEST(test_fail_the_nth),       TEST(test_number_of_banks),
        TEST(test_is_ram),    TEST(test_no_run_spans_banks),
    };
    return cmocka_run_group_tests_name("frame_bank", tests, NULL, NULL);
}
