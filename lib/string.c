/* lib/string.c - bytes, copied by words where both sides allow it. */
#include "lib/string.h"

typedef uint64_t __attribute__((may_alias)) word_t;
#define WORD sizeof(word_t)

/* Eight words that the compiler moves one by one, without a loop. */
typedef struct {
    word_t words[8];
} __attribute__((may_alias)) piece_t;
#define PIECE sizeof(piece_t)

void *memcpy(void *restrict to, const void *restrict from, size_t nr_bytes) {
    return memmove(to, from, nr_bytes);
}

static void copy_forward(uint8_t *to, const uint8_t *from, size_t nr_bytes) {
    bool are_apart = (uintptr_t)from - (uintptr_t)to >= PIECE;
    if ((((uintptr_t)to | (uintptr_t)from) & (WORD - 1)) == 0) {
        const uint8_t *end = from + (are_apart ? nr_bytes & ~(PIECE - 1) : 0);
        nr_bytes -= (size_t)(end - from);
#pragma GCC unroll 4
        for (; from < end; to += PIECE, from += PIECE)
            *(piece_t *)to = *(const piece_t *)from;
        for (; nr_bytes >= WORD; nr_bytes -= WORD, to += WORD, from += WORD)
            *(word_t *)to = *(const word_t *)from;
    }
    while (nr_bytes-- > 0)
        *to++ = *from++;
}

static void copy_backward(uint8_t *to, const uint8_t *from, size_t nr_bytes) {
    while (nr_bytes-- > 0)
        to[nr_bytes] = from[nr_bytes];
}

void *memmove(void *to, const void *from, size_t nr_bytes) {
    if ((uintptr_t)to - (uintptr_t)from >= nr_bytes)
        copy_forward(to, from, nr_bytes);
    else
        copy_backward(to, from, nr_bytes);
    return to;
}

void *memset(void *to, int byte, size_t nr_bytes) {
    uint8_t *at = to, *end = at + nr_bytes;
    const word_t word = 0x0101010101010101ull * (uint8_t)byte;
    while (at < end && ((uintptr_t)at & (WORD - 1)) != 0)
        *at++ = byte;
#pragma GCC unroll 8 /* a page is soon cleared */
    for (; (size_t)(end - at) >= PIECE; at += PIECE)
        *(piece_t *)at = (piece_t){{word, word, word, word, word, word, word, word}};
    for (; (size_t)(end - at) >= WORD; at += WORD)
        *(word_t *)at = word;
    while (at < end)
        *at++ = byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t nr_bytes) {
    const uint8_t *left = a, *right = b;
    for (size_t i = 0; i < nr_bytes; i++)
        if (left[i] != right[i])
            return left[i] - right[i];
    return 0;
}

size_t strlen(const char *s) {
    return strnlen(s, SIZE_MAX);
}

size_t strnlen(const char *s, size_t max_bytes) {
    size_t length = 0;
    while (length < max_bytes && s[length] != '\0')
        length++;
    return length;
}

int strcmp(const char *a, const char *b) {
    return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t max_bytes) {
    for (size_t i = 0; i < max_bytes; i++)
        if (a[i] != b[i] || a[i] == '\0')
            return (uint8_t)a[i] - (uint8_t)b[i];
    return 0;
}

char *strchr(const char *s, int byte) {
    for (; *s != (char)byte; s++)
        if (*s == '\0')
            return NULL;
    return (char *)s;
}
