/* tests/kernel/calls.c - see calls.h. */
#include "tests/kernel/calls.h"

void smp_call_wait(void) {
    for (struct hart *hart = harts; hart < harts + nr_harts; hart++)
        while (hart != hart_current() && hart->call != NULL)
            smp_relax();
}

void smp_call_all(smp_call_fn *function, void *argument) {
    smp_call(function, argument);
    function(argument);
    smp_call_wait();
}
