/* kernel/rescue.h - when HEAP_SPACE is full, the heap grows by frames. */
#pragma once

#include "lib/compiler.h"

/* From here on the heap asks us before it gives up (heap_set_rescue). */
void rescue_init(void);
