/* user/lib/utf8.h - characters out of bytes, for what is typed and shown.
 *
 * Pure.  Lets through what a terminal can show, and nothing that steers it: no control
 * character, no malformed byte, neither of which can then reach the screen.
 * Source: RFC 3629, section 4 (which bytes may follow which). */
#pragma once

#include "lib/compiler.h"

#define UTF8_BYTES_MAX 4

struct utf8 { /* a character that arrives byte by byte; zeroes: none has begun */
    char bytes[UTF8_BYTES_MAX];
    uint8_t nr_bytes;
};

enum utf8_state {
    UTF8_GOES_ON, /* more bytes are to come                                   */
    UTF8_WHOLE,   /* `bytes` is a character; the next byte begins another one */
    UTF8_BAD,     /* forget it; the next byte begins another one              */
};

/* One more byte. */
enum utf8_state utf8_take(struct utf8 *character, char byte);

/* Of the whole character at `at`: its bytes, and the columns it takes, 0 to 2. */
size_t utf8_bytes(const char *at);
size_t utf8_columns(const char *at);
