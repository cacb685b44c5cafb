/* tests/host/test_list.c - lib/list.h against an array. */
#include "lib/list.h"
#include "tests/host/support.h"

#define NR_ITEMS 16

struct item {
    int value;
    struct list link;
};

static struct item items[NR_ITEMS];

/* The list holds exactly the values in `expected`, forwards and backwards. */
static void compare(struct list *head, const int *expected, size_t nr_expected) {
    size_t i = 0;
    LIST_FOR_EACH(it, head, struct item, link) {
        assert_true(i < nr_expected);
        assert_int_equal(it->value, expected[i]);
        i++;
    }
    assert_int_equal(i, nr_expected);
    for (struct list *node = head->prev; node != head; node = node->prev)
        assert_int_equal(LIST_ENTRY(node, struct item, link)->value, expected[--i]);
    assert_int_equal(i, 0);
    assert_int_equal(list_is_empty(head), nr_expected == 0);
}

static void test_order(void **state) {
    (void)state;
    struct list head;
    list_init(&head);
    compare(&head, NULL, 0);
    list_push(&head, &items[1].link);
    list_push(&head, &items[0].link);
    list_append(&head, &items[2].link);
    compare(&head, (int[]){0, 1, 2}, 3);
    assert_ptr_equal(list_pop(&head), &items[0].link);
    list_remove(&items[2].link);
    compare(&head, (int[]){1}, 1);
    assert_ptr_equal(list_pop(&head), &items[1].link);
    compare(&head, NULL, 0);
}

static void test_removed_is_poisoned(void **state) {
    (void)state;
    struct list head;
    list_init(&head);
    list_push(&head, &items[0].link);
    list_remove(&items[0].link);
    if (DEBUG) {
        assert_ptr_equal(items[0].link.next, LIST_POISON);
        assert_ptr_equal(items[0].link.prev, LIST_POISON);
    }
}

static void remove_value(int *array, size_t *nr_values, size_t at) {
    memmove(&array[at], &array[at + 1], (--*nr_values - at) * sizeof(int));
}

static void test_random(void **state) {
    (void)state;
    struct rng rng = {1};
    struct list head;
    int expected[NR_ITEMS];
    size_t nr_expected = 0;
    bool is_listed[NR_ITEMS] = {false};
    list_init(&head);
    for (int step = 0; step < 100000; step++) {
        int value = rng_below(&rng, NR_ITEMS);
        if (is_listed[value] && rng_below(&rng, 2)) {
            value = expected[0];
            assert_ptr_equal(list_pop(&head), &items[value].link);
            remove_value(expected, &nr_expected, 0);
        } else if (is_listed[value]) {
            size_t at = 0;
            while (expected[at] != value)
                at++;
            list_remove(&items[value].link);
            remove_value(expected, &nr_expected, at);
        } else if (rng_below(&rng, 2)) {
            list_append(&head, &items[value].link);
            expected[nr_expected++] = value;
        } else {
            list_push(&head, &items[value].link);
            memmove(&expected[1], &expected[0], nr_expected++ * sizeof(int));
            expected[0] = value;
        }
        is_listed[value] = !is_listed[value];
        compare(&head, expected, nr_expected);
    }
}

int main(void) {
    for (int i = 0; i < NR_ITEMS; i++)
        items[i].value = i;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_removed_is_poisoned),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
