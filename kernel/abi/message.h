/* kernel/abi/message.h - what kernel and user programs agree on about messages.
 *
 * A message is a tag, six words, up to 512 bytes and up to four handles.  Tag and words
 * travel in registers; the rest through the message buffers of the two threads.
 *
 *     register   in                           out
 *     a7         the call's number            -
 *     a0         a gate, or an endpoint       the status
 *     a1         the tag                      the tag
 *     a2-a6, t0  words 0 to 5                 words 0 to 5
 *     t1         a reply token (reply...)     the badge of the sender's gate (receive...)
 *     t2         the deadline (..._until)     a reply token, or 0 (receive...)
 *
 * The tag, from its lowest bit: 16 bits how many bytes of the buffer belong to the
 * message, 8 how many handles, 8 how many handles the sender takes in what it gets back,
 * 32 a label.  Labels with their highest bit set come from the kernel alone. */
#pragma once

#define MESSAGE_WORDS       6
#define MESSAGE_BYTES_MAX   512
#define MESSAGE_HANDLES_MAX 4

#define TAG_HANDLES_SHIFT 16
#define TAG_TAKES_SHIFT   24
#define TAG_LABEL_SHIFT   32

#define FOREIGN_CALLS ((uint64_t)1 << 31) /* numbers below are labels as they are */

#define LABEL_CLOSED 0x80000000 /* the last handle to the gate with this badge is gone */
#define LABEL_NOTIFIED                                                                   \
    0x80000001                 /* word 0: the bits of the bound notification          */
#define LABEL_FAULT 0x80000002 /* words: kind, address, pc; see enum fault_kind       */

#ifndef __ASSEMBLER__
#include "kernel/abi/syscall.h"

struct message_buffer { /* a thread's: tp points at it when the thread begins */
    uint8_t bytes[MESSAGE_BYTES_MAX];
    uint32_t handles[MESSAGE_HANDLES_MAX]; /* moved, not copied; received 0: was lost */
};

/* Word 0 of LABEL_FAULT: the trap's scause.  RISC-V Privileged 1.12, table 4.2. */
enum fault_kind {
    FAULT_ILLEGAL = 2,
    FAULT_BREAKPOINT = 3,
    FAULT_EXECUTE = 12, /* these three are page faults */
    FAULT_LOAD = 13,
    FAULT_STORE = 15,
};

static inline uint64_t tag_make(uint32_t label, uint32_t nr_bytes, uint32_t nr_handles,
                                uint32_t nr_takes) {
    return (uint64_t)label << TAG_LABEL_SHIFT | (uint64_t)nr_takes << TAG_TAKES_SHIFT |
           (uint64_t)nr_handles << TAG_HANDLES_SHIFT | nr_bytes;
}

static inline uint32_t tag_label(uint64_t tag) {
    return (uint32_t)(tag >> TAG_LABEL_SHIFT);
}

static inline uint32_t tag_bytes(uint64_t tag) {
    return (uint16_t)tag;
}

static inline uint32_t tag_handles(uint64_t tag) {
    return (uint8_t)(tag >> TAG_HANDLES_SHIFT);
}

static inline uint32_t tag_takes(uint64_t tag) {
    return (uint8_t)(tag >> TAG_TAKES_SHIFT);
}
#endif
