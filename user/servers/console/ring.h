/* user/servers/console/ring.h - bytes that wait: the first in is the first out. */
#pragma once

#include "lib/compiler.h"

struct ring {
    char *bytes;
    size_t max_bytes;
    size_t first;
    size_t nr_bytes;
};

static inline bool ring_is_full(const struct ring *ring) {
    return ring->nr_bytes == ring->max_bytes;
}

/* False, and nothing done, if it is full. */
static inline bool ring_put(struct ring *ring, char c) {
    if (ring_is_full(ring))
        return false;
    ring->bytes[(ring->first + ring->nr_bytes) % ring->max_bytes] = c;
    ring->nr_bytes++;
    return true;
}

static inline char ring_first(const struct ring *ring) {
    return ring->bytes[ring->first];
}

static inline void ring_drop_first(struct ring *ring) {
    ring->first = (ring->first + 1) % ring->max_bytes;
    ring->nr_bytes--;
}
