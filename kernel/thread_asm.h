/* kernel/thread_asm.h - where assembly finds the fields of `struct thread`.
 *
 * thread.c asserts that each offset is the compiler's.   Callers: trap.S. */
#pragma once

#define THREAD_X(n)    ((n)*8) /* register xn; x0's place holds the pc */
#define THREAD_PC      0
#define THREAD_HART    256
#define THREAD_SAVED   264
#define THREAD_PROCESS 272

#define PROCESS_SATP 0 /* in struct process */

/* Values of thread->saved: which registers count, and so how __restore goes on. */
#define SAVED_ALL    0
#define SAVED_NATIVE 1
