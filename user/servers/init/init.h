/* user/servers/init/init.h - what main.c does for the other files. */
#pragma once

#include "kernel/abi/syscall.h"

/* A new gate to init itself: user/lib/init.h. */
MUST_CHECK status_t init_gate(uint64_t *gate);
