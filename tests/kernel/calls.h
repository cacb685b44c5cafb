/* tests/kernel/calls.h - all harts at once, and until they are done. */
#pragma once

#include "kernel/smp.h"

/* Wait until every hart has done what smp_call() asked of it.  It must not wait for a
 * lock that the caller holds. */
void smp_call_wait(void);

/* Both, and on this hart too. */
void smp_call_all(smp_call_fn *function, void *argument);
