/* user/servers/console/uart.h - the serial port: a 16550, by its mapped registers.
 *
 * Not here: what waits to be sent or to be read (output.c, input.c).
 * The kernel prints through the same port, by the firmware, character by character too.
 * Source: National Semiconductor PC16550D data sheet, section 8. */
#pragma once

#include "kernel/abi/syscall.h"

/* Map the registers at `start` and have source `source` signal bit 0 of the notification.
 * Speed and format stay as the firmware has set them.  Errors: those of the calls. */
MUST_CHECK status_t uart_open(uint64_t start, uint64_t source, handle_t notification);

/* The next character that has come in; false if there is none. */
bool uart_get(char *c);

/* Send one; false if the port has no room just now. */
bool uart_put(char c);

/* From now on interrupt when a character has come in, when there is room to send, or
 * both.  To be called after each interrupt, too. */
void uart_listen(bool for_input, bool for_room);
