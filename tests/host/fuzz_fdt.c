/* tests/host/fuzz_fdt.c - boot/fdt.c and lib/fdt_tree.c on anything. */
#include "boot/fdt.h"
#include "tests/host/fuzz_support.h"
#include "tests/host/support.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nr_bytes) {
    static struct boot_info info;
    uint8_t *tree = malloc(nr_bytes ? nr_bytes : 1);
    memcpy(tree, data, nr_bytes);
    if (nr_bytes >= 8) /* the total size, so that mutations get past it */
        for (int i = 0; i < 4; i++)
            tree[4 + i] = nr_bytes >> (24 - 8 * i);
    const char *why = fdt_parse(tree, nr_bytes, 1, &info);
    free(tree);
    if (why != NULL)
        return 0;
    REQUIRE(info.nr_harts > 0 && info.nr_harts <= BOOT_HARTS_MAX);
    REQUIRE(info.nr_harts_found >= info.nr_harts);
    REQUIRE(info.ticks_per_second > 0);
    REQUIRE(info.memory.nr_ranges > 0 && info.memory.nr_ranges <= RANGE_SET_MAX);
    REQUIRE(memchr(info.bootargs, 0, sizeof(info.bootargs)) != NULL);
    REQUIRE(info.initrd.start <= info.initrd.end);
    for (size_t i = 0; i < info.memory.nr_ranges; i++)
        REQUIRE(info.memory.ranges[i].start < info.memory.ranges[i].end);
    return 0;
}
