/* user/lib/syscalls_end.h - forget what the SYSCALLn macros of syscalls.def are: before
 * they become something else, and after that.
 *
 * Without `#pragma once` on purpose: it is included more than once. */
#undef SYSCALL0
#undef SYSCALL_MESSAGE
#undef SYSCALL0_VALUE
#undef SYSCALL1
#undef SYSCALL1_VALUE
#undef SYSCALL2
#undef SYSCALL2_VALUE
#undef SYSCALL3
#undef SYSCALL3_VALUE
#undef SYSCALL4
#undef SYSCALL4_VALUE
#undef SYSCALL5
#undef SYSCALL5_VALUE
#undef SYSCALL6
#undef SYSCALL6_VALUE
#undef SYSCALL7
