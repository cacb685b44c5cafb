/* user/lib/pager.h - the pager's protocol, and its calls as C functions.
 *
 * A process that the pager looks after has its memory brought when it is touched: its
 * program's text and data out of the initrd, zeroes behind them, a stack that grows.  Who
 * starts programs has a gate to the pager and asks it to look after a new process; the
 * answer is a gate for that process alone, the fault handler of its threads, which knows
 * them by it.
 * The kernel never waits for a pager in the middle of a call: it answers ERR_FAULT for a
 * buffer that has not been touched yet.  Message buffers are always there.
 * Not here: the server (user/servers/pager). */
#pragma once

#include "kernel/abi/addresses.h"
#include "kernel/abi/syscall.h"

/* The answer's word 0 is a status; what comes with a handle to a process is answered with
 * the gate. */
enum pager_label {
    PAGER_LOAD = 1, /* a loader: process, in the buffer the file's name          */
    PAGER_FORK,     /* a process's own gate: another process, to be a copy of it */
    PAGER_ADD,      /* a process's own gate: words va, bytes                     */
};

/* How far a stack may grow down from USER_STACK_TOP; below is a page that stays empty. */
#define PAGER_STACK_BYTES ((uint64_t)1 << 20)

/* Have the file of that name in the process's memory, which is empty, when it is touched.
 * ERR_NOT_FOUND, ERR_FORMAT, ERR_INVALID (the layout), ERR_FULL, ERR_QUOTA. */
MUST_CHECK status_t pager_load(handle_t pager, const char *name, handle_t process,
                               handle_t *gate);

/* Have `process`, which is empty, see what this process sees now, and nothing of what it
 * will write.  Pages are copied when one of the two writes.  ERR_FULL, ERR_QUOTA. */
MUST_CHECK status_t pager_fork(handle_t own_gate, handle_t process, handle_t *gate);

/* Memory of zeroes, to be read and written.  ERR_OVERLAP, ERR_INVALID, ERR_FULL. */
MUST_CHECK status_t pager_add(handle_t own_gate, uint64_t va, size_t nr_bytes);
