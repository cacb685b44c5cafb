/* kernel/power.h - how the machine ends. */
#pragma once

#include "lib/compiler.h"

struct boot_info;

/* Map the device that gives QEMU an exit status, if the device tree has one. */
void power_init(const struct boot_info *bi);

/* The end of a run: says so and powers off. */
NORETURN void power_finish(unsigned exit_status);

/* At once, without a word: by sifive,test1 if there is one, else SBI reset, else the
 * legacy shutdown. */
NORETURN void power_off(unsigned exit_status);
