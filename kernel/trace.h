/* kernel/trace.h - the trace of memory, threads and messages: a ring of records in RAM.
 *
 * What is in it, who reads it and how it looks as text: kernel/abi/trace.h.  Off unless
 * the boot option `trace` asks for it, and then no allocation takes an instruction more;
 * no message of the fast path, yield or signal either.  For while notes are taken all
 * that happens there goes the long way, by checks that are there anyhow: message.c does
 * all (SLOW_ALWAYS), and sched.c thinks of a hart that idles, and of no timer.
 * Not here: what calls the hooks (mm), the text (user/apps/trace.c, tools/trace). */
#pragma once

#include "kernel/abi/trace.h"
#include "kernel/process.h"
#include "kernel/smp.h"
#include "lib/format.h"

#define TRACE_RING_MIB      2 /* unless the option says otherwise */
#define TRACE_RING_MIB_MOST 64

/* Obey the boot option: heap, frames, messages, with commas, and the ring's size from 1M
 * to 64M.  What makes no sense is warned of, and nothing is traced.  Empty: nothing. */
void trace_init(const char *option);

/* Lay out a ring in page-aligned memory for these spaces, bits 1 << TRACE_HEAP and the
 * like.  `nr_bytes` are enough for the header and a record. */
struct trace_ring *trace_ring_make(void *memory, size_t nr_bytes, uint64_t spaces);

/* Record in that ring from now on, after a snapshot; NULL: nowhere.  Returns the ring of
 * before.  Needs: no other hart allocates or frees meanwhile. */
struct trace_ring *trace_switch(struct trace_ring *to);

/* From now on notes are taken, if the option says so: before there are threads. */
void trace_begin_notes(void);
extern bool trace_has_notes; /* Are they? */

/* Take a note of a thread, in words as for printf; or of a handle of a process, by the
 * thread that runs.  Worked out only if notes are taken.  Needs: kernel lock. */
#define trace_thread(thread, ...) trace_note((thread)->process, thread, __VA_ARGS__)
#define trace_message(thread, what, object, tag)                                         \
    trace_thread(thread, "%s %lu label %u", what, object_number(object), tag_label(tag))
#define trace_handle(owner, what, object, handle)                                        \
    trace_note(owner, hart_current()->thread, "%s %s %lu handle %lu", what,              \
               trace_types[(object)->type], object_number(object), handle)
#define trace_note(process, thread, ...)                                                 \
    (UNLIKELY(trace_has_notes)                                                           \
         ? (format_string(trace_text, TRACE_NOTE_BYTES, __VA_ARGS__),                    \
            trace_take_note(process, thread))                                            \
         : (void)0)

extern char trace_text[]; /* (k) kernel lock */
void trace_take_note(const struct process *process, const struct thread *thread);

/* What notes call the states of threads, and the types of objects. */
extern const char *const trace_states[], *const trace_types[];
