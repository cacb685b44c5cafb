/* lib/range.h - half-open ranges of numbers, and small sorted sets of them.
 *
 * Boot takes the memory that the device tree gives and subtracts what is in use.
 * A set is sorted, and its ranges neither touch nor overlap. */
#pragma once

#include "lib/status.h"

struct range {
    uint64_t start;
    uint64_t end; /* exclusive; end == start is empty */
};

#define RANGE_SET_MAX 32

struct range_set {
    size_t nr_ranges;
    struct range ranges[RANGE_SET_MAX];
};

/* [start, start + bytes) in `out`, or ERR_INVALID if that wraps; `out` is then
 * unchanged. */
MUST_CHECK status_t range_from_size(uint64_t start, uint64_t bytes, struct range *out);

bool range_overlaps(struct range a, struct range b);
bool range_set_overlaps(const struct range_set *set, struct range r);

/* Add or subtract one range; an empty one (or end < start) changes nothing.
 * ERR_FULL if the set would need more than RANGE_SET_MAX ranges; it is then unchanged. */
MUST_CHECK status_t range_set_add(struct range_set *set, struct range r);
MUST_CHECK status_t range_set_subtract(struct range_set *set, struct range r);

/* The sum of all lengths. */
uint64_t range_set_bytes(const struct range_set *set);
