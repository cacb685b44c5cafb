/* tests/kernel/usermode.c - see usermode.h. */
#include "tests/kernel/usermode.h"
#include "kernel/abi/message.h"
#include "kernel/csr.h"
#include "kernel/kspace.h"
#include "kernel/object.h"
#include "kernel/process.h"
#include "kernel/sched.h"
#include "kernel/smp.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "mm/sv39.h"

/* rdinstret, la of two, sd, mv, 31 loads and the jump before; csrrw and sd after. */
#define AROUND 39

struct thread *usermode_enter(struct thread *thread, uint64_t scause, uint64_t stval);
struct thread *usermode_choose(void);
void usermode_landing(void);

status_t usermode_thread(struct process *process, unsigned priority,
                         struct thread **out) {
    uaddr_t entry = {(uintptr_t)usermode_landing};
    status_t st = thread_create(process, entry, (uaddr_t){0}, 0, out);
    if (st != OK)
        return st;
    (*out)->priority = (uint8_t)priority;
    sched_make_ready(*out);
    object_drop((*out)->object);
    return OK;
}

struct thread *usermode_run(void) {
    kernel_lock();
    return usermode_choose();
}

struct thread *usermode_fault(struct thread *thread, uint64_t scause, uint64_t stval) {
    struct thread *next = usermode_enter(thread, scause, stval);
    usermode_cost -= AROUND;
    return next;
}

struct thread *usermode_trap(struct thread *thread) {
    return usermode_fault(thread, CAUSE_USER_CALL, 0);
}

void usermode_leave(void) {
    struct hart *hart = hart_current();
    if (hart->thread != NULL)
        sched_stop(hart->thread, THREAD_SUSPENDED);
    hart->timer_ticks = TIMER_NEVER;
    timer_set_ticks(TIMER_NEVER);
    csr_write(satp, sv39_satp(kspace_root(), 0));
    __asm__ volatile("sfence.vma zero, zero" ::: "memory");
}
