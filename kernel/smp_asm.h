/* kernel/smp_asm.h - where assembly finds the fields of `struct hart`.
 *
 * smp.c asserts that each offset is the compiler's.  Callers: boot/entry.S, trap.S. */
#pragma once

#define HART_THREAD              512
#define HART_STACK_TOP           520
#define HART_EMERGENCY_STACK_TOP 528
#define HART_TRAP_SCRATCH        536
#define HART_ID                  552
#define HART_READY_BITS          560
