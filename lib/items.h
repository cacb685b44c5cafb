/* lib/items.h - lists as people write them in options: a,"b c"+d.
 *
 * Pure, hostile text is fine. */
#pragma once

#include "lib/compiler.h"

/* The next item of a list such as `"heapdemo 5",hello+spin`: its text without quotes in
 * `item` (cut to fit), the character that ends it (',' or '+' or 0) in `*separator`, the
 * cursor moved past both.  Empty items are passed over.  False at the end. */
bool items_next(const char **cursor, char *item, size_t item_bytes, char *separator);
