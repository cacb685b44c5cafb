/* tests/host/test_buddy_check.c - buddy_check against a heap that was corrupted.
 *
 * The only test that knows how a buddy keeps its books. */
#include "mm/buddy_state.h"
#include "tests/host/fixture.h"

#define KIB       ((size_t)1024)
#define HEAP_SIZE (8 * KIB)

static int set_up(void **state) {
    return heap_set_up(state, HEAP_SIZE, 2 * HEAP_SIZE / 32);
}

static void expect_broken(const struct buddy *b, const char *what) {
    if (buddy_check(b) == NULL)
        fail_msg("buddy_check() does not see that %s", what);
}

/* Any other value in the state byte of a block's first unit breaks an invariant, except
 * a change of what was asked for alone, which no other place records but the sum. */
static void test_check_sees_state_bytes(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 12; i++)
        model_alloc(f->m, 20 + i * 17, 1, i % 3 == 1);
    model_release(f->m, 3, true);
    model_release(f->m, 6, true);
    const struct buddy_region *r = f->b.regions;
    for (size_t unit = 0; unit < f->m->nr_units; unit++) {
        uint8_t *byte = state_of(&f->b, r, r->span.start + unit * 32);
        const uint8_t right = *byte;
        for (unsigned wrong = 0; wrong < 256; wrong++) {
            bool was_inside = right < STATE_FREE, is_inside = wrong < STATE_FREE;
            bool is_tag_alone =
                (right >= STATE_TAGGED && (wrong & 0xdf) == (right & 0x9f)) ||
                (right & 0xc0) == 0x80;
            if (wrong == right || (was_inside && is_inside) || is_tag_alone)
                continue;
            if (right >= STATE_TAGGED && (wrong & 0xc0) == 0x80)
                continue; /* tagged or not: both are sound */
            *byte = wrong;
            expect_broken(&f->b, "a state byte changed");
            *byte = right;
        }
    }
    model_verify(f->m);
}

static void test_check_sees_counts(void **state) {
    struct fixture *f = *state;
    for (int i = 0; i < 12; i++)
        model_alloc(f->m, 20 + i * 17, 1, false);
    f->b.slack_grains++;
    expect_broken(&f->b, "slack_grains is wrong");
    f->b.slack_grains--;
    f->b.total_bytes += 32;
    expect_broken(&f->b, "total_bytes is wrong");
    f->b.total_bytes -= 32;
    for (unsigned k = 0; k <= 25; k++) {
        f->b.orders[k].nr_free++;
        expect_broken(&f->b, "nr_free is wrong");
        f->b.orders[k].nr_free--;
    }
    model_verify(f->m);
}

/* Links that somebody wrote over after a free: found, and without following them. */
static void test_check_sees_links(void **state) {
    struct fixture *f = *state;
    void *blocks[8];
    for (int i = 0; i < 8; i++)
        assert_non_null(blocks[i] = buddy_alloc(&f->b, 32, 1));
    for (int i = 0; i < 8; i += 2)
        ASSERT_OK(buddy_free(&f->b, blocks[i]));
    const uintptr_t garbage[] = {0,
                                 1,
                                 0xdead0000dead0000,
                                 UINTPTR_MAX,
                                 (uintptr_t)blocks[1],
                                 (uintptr_t)blocks[0] + 8,
                                 (uintptr_t)f};
    for (int i = 0; i < 8; i += 2) {
        struct list *node = blocks[i];
        const struct list right = *node;
        for (size_t k = 0; k < ARRAY_SIZE(garbage); k++) {
            node->next = (struct list *)garbage[k];
            expect_broken(&f->b, "next was overwritten");
            *node = right;
            node->prev = (struct list *)garbage[k];
            expect_broken(&f->b, "prev was overwritten");
            *node = right;
        }
        node->next = node->prev = node; /* a list of its own: the block is lost */
        expect_broken(&f->b, "a free block is on no list");
        *node = right;
    }
    ASSERT_SOUND(buddy_check(&f->b));
    for (int i = 1; i < 8; i += 2)
        ASSERT_OK(buddy_free(&f->b, blocks[i]));
}

static void test_check_sees_list_heads_and_state_pointers(void **state) {
    struct fixture *f = *state;
    struct list *blocks = &f->b.orders[f->b.largest_k].blocks;
    for (unsigned k = 0; k < f->b.largest_k; k++)
        if (!list_is_empty(&f->b.orders[k].blocks))
            blocks = &f->b.orders[k].blocks;
    struct list *last = blocks->prev;
    blocks->prev = blocks;
    expect_broken(&f->b, "a list's head was overwritten");
    blocks->prev = last;
    struct free_block *block = (struct free_block *)blocks->next;
    block->state++;
    expect_broken(&f->b, "a free block's state pointer was overwritten");
    block->state--;
    ASSERT_SOUND(buddy_check(&f->b));
}

static bool visit_none(void *context, const struct buddy_block *block) {
    (void)block;
    *(size_t *)context += 1;
    return true;
}

/* Lose the state byte of the second of two units: whoever asks for it learns that it is
 * not there, and nothing outside the books is read. */
static void lose_second_unit(struct buddy *b) {
    uint8_t *first = buddy_alloc_run(b, 2, 64);
    assert_non_null(first);
    uint8_t *second = first + 32;
    uint8_t *state = state_of(b, b->regions, (uintptr_t)second);
    const uint8_t right = *state;
    *state = STATE_INSIDE;
    struct buddy_block found;
    size_t nr_visits = 0;
    ASSERT_STATUS(buddy_find(b, second, &found), ERR_FOREIGN);
    ASSERT_STATUS(buddy_free(b, second), ERR_FOREIGN);
    buddy_walk(b, (uintptr_t)second, visit_none, &nr_visits);
    assert_int_equal(nr_visits, 0);
    expect_broken(b, "a block's state is lost");
    *state = right;
    ASSERT_OK(buddy_free_run(b, first, 2));
}

static void test_lost_state(void **state) {
    struct fixture *f = *state;
    lose_second_unit(&f->b);
    struct arena arena;
    struct buddy small; /* of two orders: the search ends at the largest */
    arena_make(&arena, 1024, 0, 1024);
    buddy_init(&small, 5, 6);
    ASSERT_OK(buddy_add(&small, arena.start, arena.bytes));
    lose_second_unit(&small);
    ASSERT_SOUND(buddy_check(&small));
    arena_free(&arena);
}

/* Two free buddies that were not merged, though all counts and lists agree. */
static void test_check_sees_unmerged_buddies(void **state) {
    struct fixture *f = *state;
    uint8_t *a = buddy_alloc(&f->b, 32, 1), *b = buddy_alloc(&f->b, 32, 1);
    assert_ptr_equal(b, a + 32);
    uint8_t *blocks[] = {a, b};
    const struct buddy before = f->b;
    for (int i = 0; i < 2; i++) {
        struct free_block *block = (struct free_block *)blocks[i];
        block->state = state_of(&f->b, f->b.regions, (uintptr_t)block);
        *block->state = STATE_FREE;
        list_push(&f->b.orders[0].blocks, &block->link);
        f->b.orders[0].nr_free++;
    }
    expect_broken(&f->b, "two buddies are free and apart");
    for (int i = 1; i >= 0; i--) {
        *state_of(&f->b, f->b.regions, (uintptr_t)blocks[i]) = STATE_USED_UNIT;
        list_pop(&f->b.orders[0].blocks);
    }
    f->b = before;
    ASSERT_OK(buddy_free(&f->b, a));
    ASSERT_OK(buddy_free(&f->b, b));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, heap_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_check_sees_state_bytes),
        TEST(test_check_sees_counts),
        TEST(test_check_sees_links),
        TEST(test_check_sees_list_heads_and_state_pointers),
        TEST(test_lost_state),
        TEST(test_check_sees_unmerged_buddies),
    };
    return cmocka_run_group_tests_name("buddy_check", tests, NULL, NULL);
}
