/* lib/items.c - see items.h. */
#include "lib/items.h"

bool items_next(const char **cursor, char *item, size_t item_bytes, char *separator) {
    const char *at = *cursor;
    while (*at == ',' || *at == '+')
        at++;
    if (*at == '\0' || item_bytes == 0) {
        *cursor = at;
        return false;
    }
    size_t used = 0;
    bool is_quoted = false;
    for (; *at != '\0' && (is_quoted || (*at != ',' && *at != '+')); at++) {
        if (*at == '"')
            is_quoted = !is_quoted;
        else if (used < item_bytes - 1)
            item[used++] = *at;
    }
    item[used] = '\0';
    *separator = *at;
    *cursor = *at == '\0' ? at : at + 1;
    return true;
}
