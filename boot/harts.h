/* boot/harts.h - start another hart.  Not here: who they are and what they do (smp.c). */
#pragma once

#include "lib/compiler.h"

/* Start hart `hart_id` with the final page table, in smp_secondary_main(), tp being
 * `hart`, an object in the kernel image laid out as kernel/places.def says.
 * Returns 0 or the SBI's error. */
MUST_CHECK long harts_start(uint64_t hart_id, const void *hart);
