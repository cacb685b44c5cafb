/* tests/host/test_frame_bank.c - mm/frame.c: which banks are refused, and that a refusal
 * leaves every byte as it was. */
#include "mm/frame.h"

#include "tests/host/memory.h"

#define UNTOUCHED 0x5a

static int set_up(void **state) {
    memory_set_up(state);
    memset(arena.start, UNTOUCHED, MEMORY_BYTES);
    return 0;
}

/* Counts, books and lists all stand in the memory: a refusal changes none of its bytes,
 * and nothing of what frame.c knows. */
static void refused(struct range bank, const struct range_set *usable, status_t why) {
    static uint8_t before[MEMORY_BYTES];
    struct frame_stats stats_before, stats;
    memcpy(before, arena.start, MEMORY_BYTES);
    frame_get_stats(&stats_before);
    ASSERT_STATUS(frame_add_bank(bank, usable), why);
    frame_get_stats(&stats);
    assert_memory_equal(&stats, &stats_before, sizeof(stats));
    assert_int_equal(memcmp(arena.start, before, MEMORY_BYTES), 0);
    ASSERT_SOUND(frame_check());
}

static void test_refusals(void **state) {
    (void)state;
    struct range_set usable = set_of(at(0, MEMORY_BYTES)), none = {0};
    struct range_set elsewhere = set_of(at(4 * MIB, 8 * MIB));
    struct range_set tiny = set_of(at(100, 200));
    refused(at(0, MIB), &none, ERR_TOO_SMALL);
    refused(at(0, MIB), &elsewhere, ERR_TOO_SMALL);
    refused(at(0, MIB), &tiny, ERR_TOO_SMALL);
    refused(at(MIB, MIB), &usable, ERR_TOO_SMALL);
    refused(at(2 * MIB, MIB), &usable, ERR_TOO_SMALL);
    ASSERT_OK(frame_add_bank(at(MIB, 2 * MIB), &usable));
    refused(at(MIB, 2 * MIB), &usable, ERR_OVERLAP);
    refused(at(0, MIB + PAGE_SIZE), &usable, ERR_OVERLAP);
    refused(at(0, 3 * MIB), &usable, ERR_OVERLAP);
    ASSERT_OK(frame_add_bank(at(0, MIB), &usable)); /* touching is no overlap */
    ASSERT_OK(frame_add_bank(at(2 * MIB, 3 * MIB), &usable));
}

/* Fail the Nth: a bank of 2 MiB, whose counts take half a page, has N bytes that are
 * usable, for every N until it is taken: a page for the counts, one for a frame, and a
 * few bytes for the books. */
static void test_fail_the_nth(void **state) {
    (void)state;
    const size_t least = 2 * PAGE_SIZE, books_at_most = 128;
    for (size_t bytes = 0; bytes <= least; bytes += 64) {
        struct range_set usable = set_of(at(MIB, MIB + bytes));
        refused(at(0, 2 * MIB), &usable, ERR_TOO_SMALL);
    }
    struct range_set usable = set_of(at(MIB, MIB + least + books_at_most));
    ASSERT_OK(frame_add_bank(at(0, 2 * MIB), &usable));
    assert_int_equal(nr_free_frames(), 1);
}

static void test_number_of_banks(void **state) {
    (void)state;
    struct range_set usable = set_of(at(0, MEMORY_BYTES));
    const size_t bank_bytes = MIB / 2;
    for (size_t i = 0; i < FRAME_BANKS_MAX; i++)
        ASSERT_OK(frame_add_bank(at(i * bank_bytes, (i + 1) * bank_bytes), &usable));
    refused(at(7 * MIB, 8 * MIB), &usable, ERR_FULL);
}

/* Every frame in use and counted, a row that goes on into the next bank is no run. */
static void test_no_run_spans_banks(void **state) {
    (void)state;
    struct range_set usable = set_of(at(0, MEMORY_BYTES));
    ASSERT_OK(frame_add_bank(at(0, MIB), &usable));
    ASSERT_OK(frame_add_bank(at(MIB, 2 * MIB), &usable));
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
        TEST(test_refusals),
        TEST(test_fail_the_nth),
        TEST(test_number_of_banks),
        TEST(test_no_run_spans_banks),
    };
    return cmocka_run_group_tests_name("frame_bank", tests, NULL, NULL);
}
