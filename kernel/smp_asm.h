/* kernel/smp_asm.h - where assembly finds the fields of `struct hart`.
 *
 * smp.c asserts that each offset is the compiler's.  Callers: boot/entry.S, trap.S. */
#pragma once

#define HART_THREAD              0
#define HART_STACK_TOP           8
#define HART_EMERGENCY_STACK_TOP 16
#define HART_TRAP_SCRATCH        24
#define HART_ID                  40
