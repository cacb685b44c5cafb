/* kernel/thread_asm.h - where assembly finds the fields of `struct thread`.
 *
 * thread.c asserts that each offset is the compiler's.   Callers: trap.S, fastpath.S. */
#pragma once

#define THREAD_X(n)          ((n)*8) /* register xn; x0's place holds the pc */
#define THREAD_PC            0
#define THREAD_HART          256
#define THREAD_SAVED         264
#define THREAD_STATE         265
#define THREAD_SLOW          266
#define THREAD_PRIORITY      267
#define THREAD_PROCESS       272
#define THREAD_QUEUE_LINK    280
#define THREAD_TOKEN         296
#define THREAD_ANSWERER      304
#define THREAD_TAG           312
#define THREAD_BUFFER        320
#define THREAD_FAULT_GATE    328 /* thread->fault_handler */
#define THREAD_FAULT_EPOCH   336
#define THREAD_FAULT_KIND    344
#define THREAD_FAULT_ADDRESS 352
#define THREAD_ASK           360

#define PROCESS_SATP 0 /* in struct process */

/* Values of thread->saved: which registers count, and so how __restore goes on. */
#define SAVED_ALL     0
#define SAVED_NATIVE  1
#define SAVED_MESSAGE -1 /* native, and what a message brings in a0 to a6, t0 to t2 */

/* enum thread_state's, as fastpath.S stores them. */
#define STATE_READY          0
#define STATE_RECEIVING      2
#define STATE_AWAITING_REPLY 5
