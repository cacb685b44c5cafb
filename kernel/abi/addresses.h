/* kernel/abi/addresses.h - the lower half of Sv39, which is a process's own.
 *
 * Page 0 is never mapped, so that NULL faults.  At the end are the message buffers of the
 * threads, a page each.  The rest is as whoever fills the process wants it. */
#pragma once

#include "lib/compiler.h"

#define THREADS_A_PROCESS_MAX 256

#define USER_PAGE_BYTES ((uint64_t)4096)
#define USER_START      ((uint64_t)0x1000)
#define USER_END        ((uint64_t)0x4000000000)
#define USER_BUFFERS    (USER_END - THREADS_A_PROCESS_MAX * USER_PAGE_BYTES)
