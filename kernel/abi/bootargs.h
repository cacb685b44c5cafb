/* kernel/abi/bootargs.h - the boot command line, word by word: the kernel and init read
 * it, each for what is its own.
 *
 * Words stand between blanks, each name=value; a double quote makes blanks part of the
 * word until the next one.   Pure, hostile text is fine. */
#pragma once

#include "lib/compiler.h"

/* A piece of the line, its quotes as they are. */
struct bootargs_text {
    const char *start;
    size_t nr_bytes;
};

static inline bool bootargs_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next word, and the cursor moved past it.  Empty at the end of the line. */
static inline struct bootargs_text bootargs_next(const char **cursor) {
    const char *at = *cursor;
    while (bootargs_is_blank(*at))
        at++;
    const char *start = at;
    bool is_quoted = false;
    for (; *at != '\0' && (is_quoted || !bootargs_is_blank(*at)); at++)
        if (*at == '"')
            is_quoted = !is_quoted;
    *cursor = at;
    return (struct bootargs_text){start, (size_t)(at - start)};
}

/* Cut a word at its first `=`, which is in neither part: the name stays, the value is
 * returned.  Without one all of it is the name. */
static inline struct bootargs_text bootargs_cut(struct bootargs_text *word) {
    const char *end = word->start + word->nr_bytes, *at = word->start;
    while (at < end && *at != '=')
        at++;
    word->nr_bytes = (size_t)(at - word->start);
    at += at < end;
    return (struct bootargs_text){at, (size_t)(end - at)};
}
