/* user/lib/stdlib.c - exit and numbers; malloc is in malloc.c. */
#include "user/lib/stdlib.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define EXIT_CODE_OF_ABORT 134 /* as shells show SIGABRT */

void exit(int code) {
    stdout_flush();
    for (;;)
        (void)!process_exit(code);
}

void abort(void) {
    exit(EXIT_CODE_OF_ABORT);
}

int atoi(const char *text) {
    int value = 0;
    bool is_negative = *text == '-';
    if (is_negative)
        text++;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (*text - '0');
    return is_negative ? -value : value;
}

static int digit_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 'a' - 'A';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

uint64_t strtoul(const char *text, const char **end, int base) {
    uint64_t value = 0;
    bool has_prefix = text[0] == '0' && (text[1] | 0x20) == 'x';
    if (base == 0)
        base = has_prefix ? 16 : 10;
    if (base == 16 && has_prefix)
        text += 2;
    for (; digit_value(*text) < base; text++)
        value = value * (uint64_t)base + (uint64_t)digit_value(*text);
    if (end != NULL)
        *end = text;
    return value;
}
