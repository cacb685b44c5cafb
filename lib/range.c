/* lib/range.c - see range.h. */
#include "lib/range.h"

status_t range_from_size(uint64_t start, uint64_t bytes, struct range *out) {
    if (start + bytes < start)
        return ERR_INVALID;
    *out = (struct range){start, start + bytes};
    return OK;
}

bool range_overlaps(struct range a, struct range b) {
    return a.start < b.end && b.start < a.end && a.start < a.end && b.start < b.end;
}

bool range_set_overlaps(const struct range_set *set, struct range r) {
    for (size_t i = 0; i < set->nr_ranges; i++)
        if (range_overlaps(set->ranges[i], r))
            return true;
    return false;
}

/* Rebuild the set without what [r.start, r.end) covers or, when joining, touches. */
static status_t replace(struct range_set *set, struct range r, bool join) {
    struct range_set result = {0};
    struct range joined = r;
    size_t at = 0; /* where the joined range belongs */
    for (size_t i = 0; i < set->nr_ranges; i++) {
        struct range old = set->ranges[i];
        struct range pieces[2] = {{old.start, old.end < r.start ? old.end : r.start},
                                  {old.start > r.end ? old.start : r.end, old.end}};
        if (join && old.start <= r.end && r.start <= old.end) {
            joined.start = old.start < joined.start ? old.start : joined.start;
            joined.end = old.end > joined.end ? old.end : joined.end;
            continue;
        }
        for (size_t p = 0; p < 2; p++) {
            if (pieces[p].start >= pieces[p].end)
                continue;
            if (result.nr_ranges == RANGE_SET_MAX)
                return ERR_FULL;
            result.ranges[result.nr_ranges++] = pieces[p];
            if (pieces[p].start < r.start)
                at = result.nr_ranges;
        }
    }
    if (join) {
        if (result.nr_ranges == RANGE_SET_MAX)
            return ERR_FULL;
        for (size_t i = result.nr_ranges++; i > at; i--)
            result.ranges[i] = result.ranges[i - 1];
        result.ranges[at] = joined;
    }
    *set = result;
    return OK;
}

status_t range_set_add(struct range_set *set, struct range r) {
    return r.start >= r.end ? OK : replace(set, r, true);
}

status_t range_set_subtract(struct range_set *set, struct range r) {
    return r.start >= r.end ? OK : replace(set, r, false);
}

uint64_t range_set_bytes(const struct range_set *set) {
    uint64_t sum = 0;
    for (size_t i = 0; i < set->nr_ranges; i++)
        sum += set->ranges[i].end - set->ranges[i].start;
    return sum;
}
