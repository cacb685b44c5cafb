/* kernel/fpu.c - see fpu.h. */
#include "kernel/fpu.h"
#include "kernel/abi/message.h"
#include "kernel/csr.h"
#include "kernel/process.h"
#include "kernel/thread.h"

void fpu_load(const struct fpu_state *state); /* fpu.S */

bool fpu_probe(void); /* there too */

static bool is_missing; /* (c) once all harts are online: on one of them */

void fpu_init(void) {
    if (!fpu_probe())
        is_missing = true;
}

bool fpu_turn_on(struct thread *thread) {
    void *place = thread->fpu;
    if (place == NULL) {
        if (is_missing ||
            process_kzalloc(thread->process, sizeof(struct fpu_state), &place) != OK)
            return false;
        thread->fpu = place;
    } else if (thread->fpu->cause == FAULT_ILLEGAL) { /* F2: it was on */
        thread->fpu->cause = 0;
        return false;
    }
    fpu_load(thread->fpu);
    return true;
}

void fpu_destroy(struct thread *thread) {
    if (thread->fpu != NULL)
        process_kfree(thread->process, thread->fpu, sizeof(*thread->fpu));
}
