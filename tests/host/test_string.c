/* tests/host/test_string.c - lib/string.c against the C library.
 *
 * Ours is compiled under names of its own (huoban_memcpy ...), see host.mk. */
#include "tests/host/support.h"

void *huoban_memcpy(void *restrict to, const void *restrict from, size_t nr_bytes);
void *huoban_memmove(void *to, const void *from, size_t nr_bytes);
void *huoban_memset(void *to, int byte, size_t nr_bytes);
int huoban_memcmp(const void *a, const void *b, size_t nr_bytes);
size_t huoban_strlen(const char *s);
size_t huoban_strnlen(const char *s, size_t max_bytes);
int huoban_strcmp(const char *a, const char *b);
int huoban_strncmp(const char *a, const char *b, size_t max_bytes);
char *huoban_strchr(const char *s, int byte);

#define BUFFER_BYTES 256

static int sign(int x) {
    return (x > 0) - (x < 0);
}

static void fill(struct rng *rng, uint8_t *bytes, size_t nr_bytes) {
    for (size_t i = 0; i < nr_bytes; i++)
        bytes[i] = rng_next(rng);
}

/* Every offset of both sides within two words, every length up to 100. */
static void test_copy(void **state) {
    (void)state;
    struct rng rng = {1};
    uint8_t from[BUFFER_BYTES], ours[BUFFER_BYTES], theirs[BUFFER_BYTES];
    for (size_t to = 0; to < 16; to++)
        for (size_t at = 0; at < 16; at++)
            for (size_t nr_bytes = 0; nr_bytes < 100; nr_bytes++) {
                fill(&rng, from, sizeof(from));
                fill(&rng, ours, sizeof(ours));
                memcpy(theirs, ours, sizeof(ours));
                memcpy(theirs + to, from + at, nr_bytes);
                assert_ptr_equal(huoban_memcpy(ours + to, from + at, nr_bytes),
                                 ours + to);
                assert_memory_equal(ours, theirs, sizeof(ours));
            }
}

static void test_move_overlapping(void **state) {
    (void)state;
    struct rng rng = {2};
    uint8_t ours[BUFFER_BYTES], theirs[BUFFER_BYTES];
    for (int i = 0; i < 100000; i++) {
        size_t nr_bytes = rng_below(&rng, 120);
        size_t to = rng_below(&rng, BUFFER_BYTES - nr_bytes);
        size_t from = rng_below(&rng, 2) ? rng_below(&rng, BUFFER_BYTES - nr_bytes) : to;
        if (rng_below(&rng, 2) && to + 8 + nr_bytes < BUFFER_BYTES)
            from = to + rng_below(&rng, 9); /* close together, above */
        if (i % 64 == 0)
            fill(&rng, ours, sizeof(ours));
        memcpy(theirs, ours, sizeof(ours));
        memmove(theirs + to, theirs + from, nr_bytes);
        assert_ptr_equal(huoban_memmove(ours + to, ours + from, nr_bytes), ours + to);
        assert_memory_equal(ours, theirs, sizeof(ours));
    }
}

static void test_set(void **state) {
    (void)state;
    uint8_t ours[BUFFER_BYTES], theirs[BUFFER_BYTES];
    for (size_t to = 0; to < 16; to++)
        for (size_t nr_bytes = 0; nr_bytes < 200; nr_bytes++) {
            memset(ours, 0x11, sizeof(ours));
            memset(theirs, 0x11, sizeof(theirs));
            int byte = (int)nr_bytes * 77 - 3000; /* only the low eight bits count */
            memset(theirs + to, byte, nr_bytes);
            assert_ptr_equal(huoban_memset(ours + to, byte, nr_bytes), ours + to);
            assert_memory_equal(ours, theirs, sizeof(ours));
        }
}

static void test_compare(void **state) {
    (void)state;
    struct rng rng = {3};
    for (int i = 0; i < 100000; i++) {
        char a[40], b[40];
        size_t nr_bytes = rng_below(&rng, sizeof(a));
        for (size_t k = 0; k < sizeof(a); k++)
            a[k] = b[k] = 0x7e + rng_below(&rng, 5); /* on both sides of 0x80 */
        a[rng_below(&rng, sizeof(a))] = '\0';
        memcpy(b, a, sizeof(b));
        if (rng_below(&rng, 2))
            b[rng_below(&rng, sizeof(b))]++;
        a[sizeof(a) - 1] = b[sizeof(b) - 1] = '\0';
        assert_int_equal(sign(huoban_memcmp(a, b, nr_bytes)),
                         sign(memcmp(a, b, nr_bytes)));
        assert_int_equal(sign(huoban_strcmp(a, b)), sign(strcmp(a, b)));
        assert_int_equal(sign(huoban_strncmp(a, b, nr_bytes)),
                         sign(strncmp(a, b, nr_bytes)));
        assert_int_equal(huoban_strlen(a), strlen(a));
        assert_int_equal(huoban_strnlen(a, nr_bytes), strnlen(a, nr_bytes));
        int byte = rng_below(&rng, 2) ? 0x7e + (int)rng_below(&rng, 6) : 0;
        assert_ptr_equal(huoban_strchr(a, byte), strchr(a, byte));
    }
}

/* Blocks at the very end of what may be read: the sanitizer sees a byte too many. */
static void test_nothing_read_past_the_end(void **state) {
    (void)state;
    for (size_t nr_bytes = 1; nr_bytes < 40; nr_bytes++) {
        char *exact = malloc(nr_bytes), *copy = malloc(nr_bytes);
        huoban_memset(exact, 'x', nr_bytes);
        huoban_memcpy(copy, exact, nr_bytes);
        assert_int_equal(huoban_memcmp(copy, exact, nr_bytes), 0);
        assert_int_equal(huoban_strnlen(copy, nr_bytes), nr_bytes);
        assert_int_equal(huoban_strncmp(copy, exact, nr_bytes), 0);
        copy[nr_bytes - 1] = exact[nr_bytes - 1] = '\0';
        assert_int_equal(huoban_strlen(copy), nr_bytes - 1);
        assert_int_equal(huoban_strcmp(copy, exact), 0);
        assert_null(huoban_strchr(copy, 'y'));
        free(exact);
        free(copy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_move_overlapping),
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_compare),
        cmocka_unit_test(test_nothing_read_past_the_end),
    };
    return cmocka_run_group_tests_name("string", tests, NULL, NULL);
}
