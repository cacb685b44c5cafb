/* tests/host/fuzz_buddy.c - operations decoded from bytes, on the heap and on the model.
 *
 * The first three bytes choose the heap: smallest and largest order, regions.  Then each
 * operation takes a byte for its kind and one or two for its arguments. */
#include "tests/host/fuzz_support.h"
#include "tests/host/model.h"
#include "tests/host/support.h"

#define ARENA_BYTES (64 * 1024)

static uint8_t arena[ARENA_BYTES] __attribute__((aligned(2 * ARENA_BYTES)));

struct input {
    const uint8_t *at, *end;
};

static unsigned next(struct input *in) {
    return in->at < in->end ? *in->at++ : 0;
}

/* A size: small and exact, or close to a power of two of any size. */
static size_t next_size(struct input *in) {
    unsigned byte = next(in);
    if (byte < 160)
        return byte;
    unsigned near = next(in);
    return ((size_t)1 << (near >> 2)) + byte - 200;
}

static void add_region(struct model *m, struct input *in) {
    if (m->nr_regions == MODEL_REGIONS_MAX)
        return;
    size_t from = next(in) * 256 + next(in) % 64, bytes = next(in) * 128;
    if (from + bytes > ARENA_BYTES)
        return;
    /* Refused ones must leave the heap as it was; the model sees to it. */
    status_t status = model_add(m, arena + from, bytes);
    REQUIRE(status == OK || status == ERR_OVERLAP || status == ERR_TOO_SMALL);
}

static uintptr_t next_address(const struct model *m, struct input *in) {
    unsigned byte = next(in);
    uintptr_t at = (uintptr_t)arena + (next(in) << 8 | byte) % ARENA_BYTES;
    return byte & 3 ? at & ~(uintptr_t)(m->unit_bytes - 1) : at;
}

static void operate(struct model *m, struct input *in) {
    unsigned kind = next(in);
    switch (kind % 8) {
    case 0:
    case 1:
    case 2: {
        size_t size = next_size(in);
        size_t align = kind & 0x40   ? next_size(in)
                       : kind & 0x80 ? 1u << (kind >> 3 & 7)
                                     : 0;
        model_alloc(m, size, align, (kind & 0x20) && size <= ARENA_BYTES);
        break;
    }
    case 3:
    case 4:
        if (m->nr_live > 0)
            model_release(m, next(in) % m->nr_live, kind & 0x80);
        break;
    case 5: model_release_any(m, next_address(m, in)); break;
    case 6: model_alloc_run(m, next(in), (size_t)1 << (kind >> 3)); break;
    default:
        if (kind >= 0xf0)
            add_region(m, in);
        else
            model_release_run(m, next_address(m, in), next(in) % 32);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nr_bytes) {
    struct input in = {data, data + nr_bytes};
    struct buddy buddy;
    unsigned smallest = 5 + next(&in) % 3, largest = smallest + next(&in) % 12;
    struct model *m = model_make(&buddy, smallest, largest, ARENA_BYTES / 32);
    if (model_add(m, arena + next(&in), 2000) == OK)
        add_region(m, &in);
    for (unsigned i = 0; in.at < in.end; i++) {
        operate(m, &in);
        if (i % 8 == 0)
            model_verify(m);
    }
    model_verify(m);
    model_verify_units(m);
    while (m->nr_live > 0)
        model_release(m, m->nr_live / 2, true);
    model_verify(m);
    while (m->nr_regions > 0)
        REQUIRE(buddy_remove(&buddy, m->regions[--m->nr_regions].given_start) == OK);
    REQUIRE(buddy_check(&buddy) == NULL);
    model_free(m);
    return 0;
}
