/* kernel/trap_asm.h - constants that trap.S and C share; trap.c asserts them. */
#pragma once

#define CAUSE_USER_CALL 8 /* scause of an ecall from U-mode: Privileged 1.12, table 4.2 */
#define SYSCALL_PLACES  128

#define CALL_FIRST        -63 /* numbers from here on are the quickest to get at */
#define SYS_CALL          -64
#define SYS_REPLY_RECEIVE -67

#define PANIC_X(n)            ((n)*8) /* offsets in struct panic_registers */
#define PANIC_SEPC            256
#define PANIC_SCAUSE          264
#define PANIC_STVAL           272
#define PANIC_SSTATUS         280
#define PANIC_REGISTERS_BYTES 288
