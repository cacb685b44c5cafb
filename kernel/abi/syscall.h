/* kernel/abi/syscall.h - what kernel and user programs agree on: types and call numbers.
 *
 * The calls themselves, with their arguments and errors: syscalls.def. */
#pragma once

#include "lib/status.h"

typedef uint64_t handle_t;   /* names an object in the caller's table, by the lower half;
                              * 0 names none, nor does what has anything above */
typedef uint64_t user_in_t;  /* an address of the caller's: the kernel reads there  */
typedef uint64_t user_out_t; /* an address of the caller's: the kernel writes there */

#define SYSCALLS_MAX     128 /* the numbers are -1 to -127 */
#define LOG_WRITE_MAX    256
#define LOG_LINE_BYTES   120  /* with the terminator */
#define TRACE_READ_MAX   4096 /* bytes */
#define LEARN_BLOCKS_MAX 512
#define LEARN_BYTES_MAX  ((size_t)0x200000) /* counted in powers of two */

/* How pages may be used.  Writing needs reading as well. */
enum map_flags { MAP_READ = 1 << 0, MAP_WRITE = 1 << 1, MAP_EXECUTE = 1 << 2 };

enum memory_flags { MEMORY_CONTIGUOUS = 1 << 0 }; /* frames in a row */

/* What a native call returns, in a0 and a1. */
struct syscall_result {
    int64_t status; /* of status_t */
    uint64_t value; /* 0 unless the call has one */
};

enum syscall_number {
#define SYSCALL(number, name, ...) SYS_##name = (number),
#include "kernel/abi/syscalls_each.def"
};
