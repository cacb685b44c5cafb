/* tests/host/test_cpio.c - user/lib/cpio.c on archives of cpio, whole and damaged. */
#include "user/lib/cpio.h"
#include "tests/host/support.h"

static const struct expected {
    const char *name;
    uint32_t kind;
    size_t data_bytes;
} all_files[] = {
    {".", 0040000, 0},      {"empty", 0100000, 0},
    {"folder", 0040000, 0}, {"folder/nested", 0100000, 0 /* as it is */},
    {"hello", 0100000, 13}, {"link", 0120000, 5},
    {"one", 0100000, 1},    {"zeroes", 0100000, 4096},
};

static void test_list(void **state) {
    (void)state;
    size_t nr_bytes, cursor = 0;
    uint8_t *archive = file_read(golden_path("all.cpio"), &nr_bytes);
    struct cpio_file file;
    for (size_t i = 0; i < ARRAY_SIZE(all_files); i++) {
        ASSERT_OK(cpio_next(archive, nr_bytes, &cursor, &file));
        assert_string_equal(file.name, all_files[i].name);
        assert_int_equal(file.mode & 0170000, all_files[i].kind);
        if (strcmp(file.name, "folder/nested") != 0)
            assert_int_equal(file.data_bytes, all_files[i].data_bytes);
        assert_true((const uint8_t *)file.data + file.data_bytes <= archive + nr_bytes);
    }
    ASSERT_STATUS(cpio_next(archive, nr_bytes, &cursor, &file), ERR_NOT_FOUND);
    ASSERT_STATUS(cpio_next(archive, nr_bytes, &cursor, &file), ERR_NOT_FOUND);
    free(archive);
}

static void test_find(void **state) {
    (void)state;
    const char *archives[] = {"all.cpio", "two.cpio", "crc.cpio"};
    for (size_t i = 0; i < ARRAY_SIZE(archives); i++) {
        size_t nr_bytes;
        uint8_t *archive = file_read(golden_path(archives[i]), &nr_bytes);
        struct cpio_file file;
        ASSERT_OK(cpio_find(archive, nr_bytes, "hello", &file));
        assert_int_equal(file.data_bytes, 13);
        assert_memory_equal(file.data, "hello, world\n", 13);
        ASSERT_OK(cpio_find(archive, nr_bytes, "one", &file));
        assert_memory_equal(file.data, "x", 1);
        const char *missing[] = {"nothing", "hell", "hello2",    "",
                                 "folder",  "link", "TRAILER!!!"};
        for (size_t k = 0; k < ARRAY_SIZE(missing); k++)
            ASSERT_STATUS(cpio_find(archive, nr_bytes, missing[k], &file), ERR_NOT_FOUND);
        free(archive);
    }
}

static void test_contents(void **state) {
    (void)state;
    size_t nr_bytes, original_bytes;
    uint8_t *archive = file_read(golden_path("all.cpio"), &nr_bytes);
    uint8_t *original = file_read(golden_path("files/folder/nested"), &original_bytes);
    struct cpio_file file;
    ASSERT_OK(cpio_find(archive, nr_bytes, "folder/nested", &file));
    assert_int_equal(file.data_bytes, original_bytes);
    assert_memory_equal(file.data, original, original_bytes);
    ASSERT_OK(cpio_find(archive, nr_bytes, "empty", &file));
    assert_int_equal(file.data_bytes, 0);
    free(original);
    free(archive);
}

static void test_other_archives(void **state) {
    (void)state;
    size_t nr_bytes;
    struct cpio_file file;
    uint8_t *archive = file_read(golden_path("none.cpio"), &nr_bytes);
    ASSERT_STATUS(cpio_find(archive, nr_bytes, "hello", &file), ERR_NOT_FOUND);
    free(archive);
    archive = file_read(golden_path("odc.cpio"), &nr_bytes);
    ASSERT_STATUS(cpio_find(archive, nr_bytes, "hello", &file), ERR_FORMAT);
    free(archive);
    ASSERT_STATUS(cpio_find("", 0, "hello", &file), ERR_FORMAT);
    size_t cursor = SIZE_MAX;
    ASSERT_STATUS(cpio_next("x", 1, &cursor, &file), ERR_FORMAT);
}

/* Read a copy of exactly that size to its end; true if it is whole. */
static bool read_all(const uint8_t *archive, size_t nr_bytes) {
    uint8_t *copy = malloc(nr_bytes ? nr_bytes : 1);
    memcpy(copy, archive, nr_bytes);
    size_t cursor = 0, nr_files = 0;
    unsigned sum = 0;
    struct cpio_file file;
    status_t status;
    while ((status = cpio_next(copy, nr_bytes, &cursor, &file)) == OK) {
        assert_true(++nr_files <= nr_bytes / 110);
        sum += strlen(file.name);
        for (size_t i = 0; i < file.data_bytes; i++)
            sum += ((const uint8_t *)file.data)[i];
    }
    if (status != ERR_FORMAT)
        ASSERT_STATUS(status, ERR_NOT_FOUND);
    *(volatile unsigned *)&sum = sum;
    free(copy);
    return status == ERR_NOT_FOUND;
}

static void test_every_truncation(void **state) {
    (void)state;
    size_t nr_bytes, trailer = 0;
    uint8_t *archive = file_read(golden_path("two.cpio"), &nr_bytes);
    while (memcmp(archive + trailer, "TRAILER!!!", 11) != 0)
        trailer++;
    for (size_t kept = 0; kept <= nr_bytes; kept++)
        assert_int_equal(read_all(archive, kept), kept >= trailer + 11);
    free(archive);
}

static void test_hostile_sizes(void **state) {
    (void)state;
    const char *sizes[] = {"FFFFFFFF", "ffffffff", "80000000", "7FFFFFFF", "0000G000",
                           "        ", "-0000001", "FFFFFF8E", "0x000001"};
    const size_t fields[] = {14, 54, 94};
    size_t nr_bytes;
    uint8_t *archive = file_read(golden_path("two.cpio"), &nr_bytes);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
        for (size_t k = 0; k < ARRAY_SIZE(fields); k++) {
            uint8_t right[8];
            memcpy(right, archive + fields[k], 8);
            memcpy(archive + fields[k], sizes[i], 8);
            bool is_whole = read_all(archive, nr_bytes);
            bool is_number = strspn(sizes[i], "0123456789abcdefABCDEF") == 8;
            assert_int_equal(is_whole, fields[k] == 14 && is_number);
            memcpy(archive + fields[k], right, 8);
        }
    memcpy(archive + 94, "00000000", 8); /* a name of no bytes, not even its end */
    assert_false(read_all(archive, nr_bytes));
    free(archive);
}

static void test_random_changes(void **state) {
    (void)state;
    struct rng rng = {1};
    size_t nr_bytes;
    uint8_t *archive = file_read(golden_path("two.cpio"), &nr_bytes);
    uint8_t *changed = malloc(nr_bytes);
    for (int i = 0; i < 60000; i++) {
        memcpy(changed, archive, nr_bytes);
        for (uint32_t k = 0; k <= rng_below(&rng, 4); k++) {
            char digit = "0123456789abcdefF"[rng_below(&rng, 17)];
            uint8_t byte = rng_below(&rng, 2) ? (uint8_t)digit : rng_next(&rng);
            changed[rng_below(&rng, nr_bytes)] = byte;
        }
        read_all(changed, nr_bytes);
    }
    free(changed);
    free(archive);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_other_archives),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_hostile_sizes),
        cmocka_unit_test(test_random_changes),
    };
    return cmocka_run_group_tests_name("cpio", tests, NULL, NULL);
}
