/* lib/format.h - printf's formatting, one character at a time into any sink.
 *
 * Understands %d %i %u %x %X %p %c %s %% with flags - 0 + # and space, width and
 * precision (numbers or *), and lengths hh h l ll z t j.  No floating point, no %n: an
 * unknown conversion is copied as it stands.  %s prints "(null)" for NULL. */
#pragma once

#include "lib/compiler.h"
#include <stdarg.h>

typedef void format_put_fn(void *sink, char c);

/* Returns the number of characters put. */
size_t format_to(format_put_fn *put, void *sink, const char *fmt, ...) PRINTF_LIKE(3, 4);
size_t format_to_v(format_put_fn *put, void *sink, const char *fmt, va_list args);

/* Into `buffer`, cut to buffer_bytes - 1 characters and always terminated (unless
 * buffer_bytes is 0).  Returns the length that the whole text has, as C's snprintf. */
size_t format_string(char *buffer, size_t buffer_bytes, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Bytes in the largest unit that leaves a short number: "96 B", "3 MiB", "2.5 KiB". */
#define FORMAT_BYTES_MAX 16
const char *format_bytes(uint64_t bytes, char buffer[FORMAT_BYTES_MAX]);
