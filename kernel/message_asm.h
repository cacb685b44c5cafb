/* kernel/message_asm.h - where fastpath.S finds what it reads and writes.
 *
 * endpoint.c asserts that each offset is the compiler's. */
#pragma once

#include "kernel/abi/message.h"

#define PROCESS_ENTRIES    16 /* in struct process */
#define PROCESS_NR_ENTRIES 24

#define ENTRY_BYTES_SHIFT 5 /* in struct handle_entry */
#define ENTRY_HANDLE      0
#define ENTRY_OBJECT      8
#define ENTRY_EPOCH       24
#define ENTRY_RIGHTS      28
#define INDEX_MASK        0x3ff
#define CALL_RIGHT        0x400 /* RIGHT_CALL, RIGHT_RECEIVE */
#define RECEIVE_RIGHT     0x200

#define OBJECT_BYTES_SHIFT 5 /* in struct object */
#define OBJECT_BODY        0
#define OBJECT_EPOCH       8
#define OBJECT_TYPE        24
#define TYPE_THREAD        3 /* OBJECT_THREAD */

#define A_FAULT      2 /* ASK_FAULT, SLOW_FAULT */
#define A_SLOW_FAULT 16

#define ENDPOINT_QUEUE   0 /* in struct endpoint, in struct gate */
#define ENDPOINT_PENDING 16
#define GATE_ENDPOINT    0
#define GATE_BADGE       8

/* A token is the serial number of a call and, below, the caller's slot of an object. */
#define TOKEN_SLOT_BITS 12
#define TOKEN_SERIAL    (1 << TOKEN_SLOT_BITS)
