/* lib/string.h - the part of C's <string.h> that we use, with C's meaning.
 *
 * Bare metal has no libc.  The compiler itself calls the first four. */
#pragma once

#include "lib/compiler.h"

void *memcpy(void *restrict to, const void *restrict from, size_t nr_bytes);
void *memmove(void *to, const void *from, size_t nr_bytes);
void *memset(void *to, int byte, size_t nr_bytes);
int memcmp(const void *a, const void *b, size_t nr_bytes);

size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max_bytes);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max_bytes);
char *strchr(const char *s, int byte);
