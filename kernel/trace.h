/* kernel/trace.h - the trace of the heap and the frames: a ring of records in RAM.
 *
 * What is in it, who reads it and how it looks as text: kernel/abi/trace.h.  Off unless
 * the boot option `trace` asks for it, and then no allocation takes an instruction more.
 * Not here: what calls the hooks (mm), the text (user/apps/trace.c, tools/trace). */
#pragma once

#include "kernel/abi/trace.h"

#define TRACE_RING_MIB      2 /* unless the option says otherwise */
#define TRACE_RING_MIB_MOST 64

/* Obey the boot option: heap or frames or both, with commas, and the ring's size from 1M
 * to 64M.  What makes no sense is warned of, and nothing is traced.  Empty: nothing. */
void trace_init(const char *option);

/* Lay out a ring in page-aligned memory for these spaces, bits 1 << TRACE_HEAP and
 * 1 << TRACE_FRAMES.  `nr_bytes` are enough for the header and a record. */
struct trace_ring *trace_ring_make(void *memory, size_t nr_bytes, uint64_t spaces);

/* Record in that ring from now on, after a snapshot; NULL: nowhere.  Returns the ring of
 * before.  Needs: no other hart allocates or frees meanwhile. */
struct trace_ring *trace_switch(struct trace_ring *to);
