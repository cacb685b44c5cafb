/* tests/kernel/serial.h - the serial port of QEMU's machine `virt`, as a device that
 * interrupts when a test wants it to: its transmitter does for as long as it has nothing
 * to do and is asked to tell. */
#pragma once

#include "lib/status.h"

#define SERIAL_SOURCE 10

/* Its registers, in the kernel's map for as long as the test lasts. */
MUST_CHECK status_t serial_map(void);
void serial_unmap(void);

void serial_set_interrupt(bool wants_one);

/* Does the PLIC offer this hart an interrupt by then? */
bool serial_is_heard_within(uint64_t patience_ns);
