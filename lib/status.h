/* lib/status.h - the outcome of everything that can fail: 0 or a negative code.
 *
 * The codes and their texts come from status.def alone. */
#pragma once

#include "lib/compiler.h"

typedef enum status {
#define STATUS(number, name, text) name = number,
#include "lib/status.def"
#undef STATUS
} status_t;

/* "ERR_INVALID" for ERR_INVALID; "?" for a number that is no status. */
const char *status_name(status_t status);

/* One sentence in English without a full stop; "unknown status" for any other number. */
const char *status_text(status_t status);
