/* mm/guard.c - guards and poison around heap blocks, in debug builds. */
#include "mm/guard.h"

#include "lib/string.h"
#include "mm/port.h"

const void **guard_owner(struct buddy_block block) {
    return (const void **)(block.address + block.block_bytes - sizeof(void *));
}

void guard_arm(struct buddy_block block, const void *owner) {
    size_t size = block.requested_bytes - GUARD_EXTRA;
    memset((void *)block.address, GUARD_NEW, size);
    memset((uint8_t *)block.address + size, GUARD_BYTE, block.block_bytes - size);
    *guard_owner(block) = owner;
}

void guard_disarm(struct buddy_block block) {
    uint8_t *bytes = (uint8_t *)block.address;
    size_t size = block.requested_bytes - GUARD_EXTRA;
    size_t end = block.block_bytes - sizeof(void *);
    for (size_t i = size; i < end; i++)
        if (bytes[i] != GUARD_BYTE)
            MM_PANIC("heap overflow: byte %zu of the %zu-byte block %p was overwritten "
                     "with 0x%02x; allocated by %p",
                     i, size, (void *)bytes, bytes[i], *guard_owner(block));
    memset(bytes, GUARD_FREED, end);
}
