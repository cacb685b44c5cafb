/* tests/host/test_fdt.c - boot/fdt.c and lib/fdt_tree.c on trees that QEMU made, on trees
 * of our own (trees/), and on both after they were cut short or changed. */
#include "boot/fdt.h"
#include "tests/host/support.h"

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static struct boot_info info;

/* Parse a copy of exactly that size, so that the sanitizer sees a byte too many. */
static const char *parse_bytes(const uint8_t *tree, size_t nr_bytes) {
    uint8_t *copy = malloc(nr_bytes ? nr_bytes : 1);
    memcpy(copy, tree, nr_bytes);
    const char *why = fdt_parse(copy, nr_bytes, 0, &info);
    free(copy);
    return why;
}

static void parse_file(const char *name, uint64_t boot_hart) {
    size_t nr_bytes;
    uint8_t *tree = file_read(golden_path(name), &nr_bytes);
    const char *why = fdt_parse(tree, nr_bytes, boot_hart, &info);
    free(tree); /* nothing of it is needed any more */
    if (why != NULL)
        fail_msg("%s: %s", name, why);
}

static void expect_range(struct range r, uint64_t start, uint64_t bytes) {
    assert_int_equal(r.start, start);
    assert_int_equal(r.end, start + bytes);
}

/* `nr_plic_harts` of them are behind the PLIC that counts, the first in the tree. */
static void expect_virt(size_t nr_harts, size_t nr_plic_harts, bool has_sstc) {
    assert_int_equal(info.nr_harts, nr_harts);
    assert_int_equal(info.nr_harts_found, nr_harts);
    assert_int_equal(info.ticks_per_second, 10000000);
    expect_range(info.uart.registers, 0x10000000, 0x100);
    assert_int_equal(info.uart.interrupt, 10);
    assert_int_equal(info.uart_reg_shift, 0);
    expect_range(info.test.registers, 0x100000, 0x1000);
    bool has_hart[8] = {false};
    uint64_t first =
        info.plic.registers.start == 0xc000000 ? 0 : nr_harts - nr_plic_harts;
    for (size_t i = 0; i < nr_harts; i++) {
        const struct boot_hart *hart = &info.harts[i];
        assert_true(hart->id < nr_harts && !has_hart[hart->id]);
        has_hart[hart->id] = true;
        assert_int_equal(hart->has_sstc, has_sstc);
        uint64_t nth = hart->id - first; /* wraps for those before the first */
        assert_int_equal(hart->plic_context,
                         nth < nr_plic_harts ? 2 * nth + 1 : BOOT_NO_CONTEXT);
    }
}

static void test_qemu_one(void **state) {
    (void)state;
    parse_file("one.dtb", 0);
    expect_virt(1, 1, true);
    assert_int_equal(info.memory.nr_ranges, 1);
    expect_range(info.memory.ranges[0], 0x80000000, 128 * MIB);
    assert_string_equal(info.bootargs, "");
    assert_int_equal(info.initrd.start, info.initrd.end);
}

static void test_qemu_four(void **state) {
    (void)state;
    parse_file("four.dtb", 2);
    expect_virt(4, 4, true);
    expect_range(info.memory.ranges[0], 0x80000000, 256 * MIB);
    assert_string_equal(info.bootargs, "test=buddy* log=mm:debug");
    assert_false(info.bootargs_cut);
    assert_int_equal(info.initrd.end - info.initrd.start, strlen("some\ninitrd\n"));
}

static void test_qemu_eight(void **state) {
    (void)state;
    parse_file("eight.dtb", 7);
    expect_virt(8, 8, false);
    expect_range(info.memory.ranges[0], 0x80000000, 8 * GIB);
}

/* Two banks that touch are one range; of two PLICs the first counts. */
static void test_qemu_numa(void **state) {
    (void)state;
    parse_file("numa.dtb", 0);
    expect_virt(4, 2, true);
    assert_int_equal(info.memory.nr_ranges, 1);
    expect_range(info.memory.ranges[0], 0x80000000, 1 * GIB);
}

static void test_packed_is_the_same(void **state) {
    (void)state;
    const char *names[] = {"one", "four", "eight", "numa"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char name[64];
        sprintf(name, "%s.dtb", names[i]);
        parse_file(name, 0);
        struct boot_info roomy = info;
        sprintf(name, "%s.packed.dtb", names[i]);
        parse_file(name, 0);
        assert_memory_equal(&roomy.memory, &info.memory, sizeof(info.memory));
        assert_string_equal(roomy.bootargs, info.bootargs);
        assert_int_equal(roomy.nr_harts, info.nr_harts);
        assert_int_equal(roomy.plic_sources, info.plic_sources);
    }
}

static void test_holes(void **state) {
    (void)state;
    parse_file("holes.dtb", 3);
    assert_int_equal(info.memory.nr_ranges, 3);
    expect_range(info.memory.ranges[0], 0x80000000, 32 * MIB);
    expect_range(info.memory.ranges[1], 0x90000000, 32 * MIB);
    expect_range(info.memory.ranges[2], 0x100000000, 4 * GIB);
    assert_int_equal(info.reserved.nr_ranges, 1); /* the two touch; the pool is nowhere */
    expect_range(info.reserved.ranges[0], 0x80000000, 0xa0000);
    expect_range(info.initrd, 0x81000000, 0x1000);
    assert_string_equal(info.bootargs, "a b=\"c d\"");
    assert_int_equal(info.ticks_per_second, 1000000);
    assert_int_equal(info.nr_harts, 2);
    assert_int_equal(info.harts[0].id, 3);
    assert_false(info.harts[0].has_sstc); /* sstcx is another extension */
    assert_int_equal(info.harts[0].plic_context, 1);
    assert_int_equal(info.harts[1].id, 7);
    assert_true(info.harts[1].has_sstc);
    assert_int_equal(info.harts[1].plic_context, 3);
    expect_range(info.uart.registers, 0x10000000, 0x100); /* through the bus's ranges */
    assert_int_equal(info.uart_reg_shift, 2);
    assert_int_equal(info.uart.interrupt, 10);
    expect_range(info.plic.registers, 0x10400000, 0x600000);
    assert_int_equal(info.plic_sources, 53);
    assert_int_equal(info.test.registers.end, 0); /* it is disabled */
}

static void test_many_harts(void **state) {
    (void)state;
    for (uint64_t boot_hart = 0; boot_hart < 11; boot_hart++) {
        parse_file("many.dtb", boot_hart);
        assert_int_equal(info.nr_harts, BOOT_HARTS_MAX);
        assert_int_equal(info.nr_harts_found, 11);
        bool is_kept = false;
        for (size_t i = 0; i < info.nr_harts; i++) {
            is_kept |= info.harts[i].id == boot_hart;
            assert_int_equal(info.harts[i].plic_context, BOOT_NO_CONTEXT);
        }
        assert_true(is_kept);
    }
    assert_int_equal(strlen(info.bootargs), 64);
    assert_false(info.bootargs_cut);
}

static void test_malformed_trees(void **state) {
    (void)state;
    const struct {
        const char *name, *why;
    } trees[] = {
        {"no-memory", "it shows no memory"},
        {"no-harts", "it shows no hart"},
        {"no-timebase", "it has no timebase-frequency"},
        {"zero-timebase", "the timebase-frequency makes no sense"},
        {"memory-wraps", "a memory range makes no sense"},
        {"memory-odd", "a memory range makes no sense"},
        {"memory-cells", "a memory range makes no sense"},
        {"initrd", "the initrd makes no sense"},
        {"deep", "nodes are nested too deeply"},
        {"device", "a device's registers lie in memory"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(trees); i++) {
        char name[64];
        size_t nr_bytes;
        sprintf(name, "bad-%s.dtb", trees[i].name);
        uint8_t *tree = file_read(golden_path(name), &nr_bytes);
        const char *why = parse_bytes(tree, nr_bytes);
        if (why == NULL)
            fail_msg("%s is accepted", name);
        assert_string_equal(why, trees[i].why);
        free(tree);
    }
}

static void test_no_tree(void **state) {
    (void)state;
    const char *none = "no magic number: there is no device tree";
    const uint64_t zeroes[16] = {0};
    assert_string_equal(fdt_parse(NULL, 0, 0, &info), none);
    assert_string_equal(fdt_parse(NULL, 4096, 0, &info), none);
    assert_string_equal(fdt_parse(zeroes, 0, 0, &info), none);
    assert_string_equal(fdt_parse(zeroes, sizeof(zeroes), 0, &info), none);
}

static const char *const whole[] = {"one.packed.dtb", "four.packed.dtb", "holes.dtb",
                                    "many.dtb"};

static void test_every_truncation(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
        size_t nr_bytes;
        uint8_t *tree = file_read(golden_path(whole[i]), &nr_bytes);
        assert_null(parse_bytes(tree, nr_bytes));
        for (size_t kept = 0; kept < nr_bytes; kept++)
            assert_non_null(parse_bytes(tree, kept));
        free(tree);
    }
}

static void put_cell(uint8_t *at, uint32_t value) {
    for (int i = 0; i < 4; i++)
        at[i] = value >> (24 - 8 * i);
}

/* A tree by hand, to break the rules of the structure block that dtc keeps: the tokens
 * come from the test, the rest is a header and one name of a property. */
static const char *parse_tokens(const uint32_t *tokens, size_t nr_tokens) {
    enum { HEADER_BYTES = 40, RESERVED_BYTES = 16, STRINGS_BYTES = 4 };
    uint8_t tree[256] = {0};
    const uint32_t strings_at = HEADER_BYTES + RESERVED_BYTES;
    const uint32_t struct_at = strings_at + STRINGS_BYTES;
    const uint32_t total = struct_at + 4 * (uint32_t)nr_tokens;
    const uint32_t header[] = {
        0xd00dfeed, total, struct_at, strings_at,    HEADER_BYTES,
        17,         16,    0,         STRINGS_BYTES, total - struct_at};
    for (size_t i = 0; i < ARRAY_SIZE(header); i++)
        put_cell(tree + 4 * i, header[i]);
    memcpy(tree + strings_at, "reg", STRINGS_BYTES);
    for (size_t i = 0; i < nr_tokens; i++)
        put_cell(tree + struct_at + 4 * i, tokens[i]);
    return parse_bytes(tree, total);
}

static void test_structure(void **state) {
    (void)state;
    enum { BEGIN = 1, END, PROPERTY, NOP, FINISH = 9 };
    const struct {
        const char *why;
        uint32_t tokens[12];
    } trees[] = {
        {"it shows no memory", {BEGIN, 0, NOP, PROPERTY, 0, 0, NOP, END, NOP, FINISH}},
        {"it shows no memory", {BEGIN, 0, BEGIN, 0, PROPERTY, 0, 0, END, END, FINISH}},
        {"a property comes after a node",
         {BEGIN, 0, BEGIN, 0, END, PROPERTY, 0, 0, END, FINISH}},
        {"a property is outside of all nodes", {PROPERTY, 0, 0, BEGIN, 0, END, FINISH}},
        {"a property's name lies outside", {BEGIN, 0, PROPERTY, 0, 4, END, FINISH}},
        {"a property's value is cut short", {BEGIN, 0, PROPERTY, 400, 0, END, FINISH}},
        {"a node ends that never began", {BEGIN, 0, END, END, FINISH}},
        {"it ends inside a node", {BEGIN, 0, BEGIN, 0, END, FINISH}},
        {"it ends inside a node", {FINISH}},
        {"it has two roots", {BEGIN, 0, END, BEGIN, 0, END, FINISH}},
        {"an unknown token", {BEGIN, 0, 5, END, FINISH}},
        {"an unknown token", {BEGIN, 0, END}}, /* what follows is 0 */
        {"a node's name does not end",
         {BEGIN, 0, NOP, NOP, NOP, NOP, NOP, NOP, NOP, NOP, BEGIN, 0x61616161}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(trees); i++)
        assert_string_equal(parse_tokens(trees[i].tokens, ARRAY_SIZE(trees[i].tokens)),
                            trees[i].why);
}

/* Cut short, with a header that says so: the content must be found to be incomplete. */
static void test_truncation_with_matching_header(void **state) {
    (void)state;
    size_t nr_bytes;
    uint8_t *tree = file_read(golden_path("holes.dtb"), &nr_bytes);
    for (size_t kept = 40; kept < nr_bytes; kept++) {
        put_cell(tree + 4, kept); /* totalsize */
        assert_non_null(parse_bytes(tree, kept));
    }
    free(tree);
}

static void test_header_fields(void **state) {
    (void)state;
    const uint32_t wrong[] = {0,    1,          3,          7,          39,        41,
                              1000, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff};
    size_t nr_bytes;
    uint8_t *tree = file_read(golden_path("four.packed.dtb"), &nr_bytes);
    for (size_t field = 0; field < 10; field++)
        for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
            uint8_t right[4];
            memcpy(right, tree + 4 * field, 4);
            put_cell(tree + 4 * field, wrong[i]);
            const char *why = parse_bytes(tree, nr_bytes);
            bool may_pass = field == 4 || field == 6 || field == 7 || field == 5;
            if (!may_pass && why == NULL)
                fail_msg("header word %zu may be 0x%x", field, wrong[i]);
            memcpy(tree + 4 * field, right, 4);
        }
    assert_null(parse_bytes(tree, nr_bytes));
    free(tree);
}

/* Changed at random: refused or parsed, and no more read than there is. */
static void test_random_changes(void **state) {
    (void)state;
    struct rng rng = {1};
    size_t nr_refused = 0;
    for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
        size_t nr_bytes;
        uint8_t *tree = file_read(golden_path(whole[i]), &nr_bytes);
        uint8_t *changed = malloc(nr_bytes);
        for (int round = 0; round < 15000; round++) {
            memcpy(changed, tree, nr_bytes);
            for (uint32_t k = 0; k <= rng_below(&rng, 4); k++) {
                uint32_t at = rng_below(&rng, nr_bytes);
                if (rng_below(&rng, 2))
                    changed[at] ^= 1 << rng_below(&rng, 8);
                else
                    changed[at] = rng_below(&rng, 3) ? rng_next(&rng) : 0xff;
            }
            nr_refused += parse_bytes(changed, nr_bytes) != NULL;
            assert_true(info.nr_harts <= BOOT_HARTS_MAX);
        }
        free(changed);
        free(tree);
    }
    assert_true(nr_refused > 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_qemu_one),
        cmocka_unit_test(test_qemu_four),
        cmocka_unit_test(test_qemu_eight),
        cmocka_unit_test(test_qemu_numa),
        cmocka_unit_test(test_packed_is_the_same),
        cmocka_unit_test(test_holes),
        cmocka_unit_test(test_many_harts),
        cmocka_unit_test(test_malformed_trees),
        cmocka_unit_test(test_no_tree),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_truncation_with_matching_header),
        cmocka_unit_test(test_header_fields),
        cmocka_unit_test(test_random_changes),
    };
    return cmocka_run_group_tests_name("fdt", tests, NULL, NULL);
}
