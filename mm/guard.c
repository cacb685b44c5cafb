/* mm/guard.c - guards and poison around heap blocks, in debug builds. */
#include "mm/guard.h"

#include "lib/string.h"
#include "mm/port.h"

static const void **owner_slot(const void *block, size_t usable_bytes) {
    return (const void **)((uintptr_t)block + usable_bytes - sizeof(void *));
}

void guard_arm(void *block, size_t usable_bytes, size_t size, const void *owner) {
    memset(block, GUARD_NEW, size);
    memset((uint8_t *)block + size, GUARD_BYTE, usable_bytes - size);
    *owner_slot(block, usable_bytes) = owner;
}

void guard_disarm(void *block, size_t usable_bytes, size_t size) {
    const uint8_t *bytes = block;
    for (size_t i = size; i < usable_bytes - sizeof(void *); i++)
        if (bytes[i] != GUARD_BYTE)
            MM_PANIC("heap overflow: byte %zu of the %zu-byte block %p was overwritten "
                     "with 0x%02x; allocated by %p",
                     i, size, block, bytes[i], guard_owner(block, usable_bytes));
    memset(block, GUARD_FREED, usable_bytes - sizeof(void *));
}

const void *guard_owner(const void *block, size_t usable_bytes) {
    return *owner_slot(block, usable_bytes);
}
