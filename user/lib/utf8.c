/* user/lib/utf8.c - see utf8.h. */
#include "user/lib/utf8.h"

#define CONTROLS_END 0xa0 /* after ASCII there are more of them, 0x80 to 0x9f */

struct span {
    uint32_t first, last;
};

/* Characters as wide as two, and those that stand on the one before.  Not every one that
 * Unicode has: those that are typed. */
static const struct span wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f9ff}, {0x20000, 0x3fffd},
};
static const struct span without_width[] = {
    {0x0300, 0x036f}, {0x200b, 0x200f}, {0x202a, 0x202e},
    {0x2060, 0x2069}, {0xfe00, 0xfe0f},
};

static bool is_in(uint32_t character, const struct span *spans, size_t nr_spans) {
    for (size_t i = 0; i < nr_spans; i++) {
        if (character >= spans[i].first && character <= spans[i].last)
            return true;
    }
    return false;
}

size_t utf8_bytes(const char *at) {
    uint8_t first = (uint8_t)*at;
    return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static uint32_t value(const char *at) {
    size_t nr_bytes = utf8_bytes(at);
    uint32_t character = (uint8_t)at[0];
    if (nr_bytes > 1)
        character &= 0x7fU >> nr_bytes;
    for (size_t i = 1; i < nr_bytes; i++)
        character = character << 6 | ((uint8_t)at[i] & 0x3f);
    return character;
}

size_t utf8_columns(const char *at) {
    uint32_t character = value(at);
    if (is_in(character, without_width, ARRAY_SIZE(without_width)))
        return 0;
    return is_in(character, wide, ARRAY_SIZE(wide)) ? 2 : 1;
}

/* One that is written as short as can be, and may stand in a text. */
static bool is_good(const char *at) {
    static const uint32_t smallest[] = {0, ' ', CONTROLS_END, 0x800, 0x10000};
    uint32_t character = value(at);
    return character >= smallest[utf8_bytes(at)] && character <= 0x10ffff &&
           character != 0x7f && (character < 0xd800 || character > 0xdfff);
}

static enum utf8_state end_as(struct utf8 *character, enum utf8_state state) {
    character->nr_bytes = 0;
    return state;
}

enum utf8_state utf8_take(struct utf8 *character, char byte) {
    uint8_t b = (uint8_t)byte;
    bool is_first = character->nr_bytes == 0;
    bool continues = (b & 0xc0) == 0x80;
    if (is_first == continues || b >= 0xf8)
        return end_as(character, UTF8_BAD);
    character->bytes[character->nr_bytes++] = byte;
    if (character->nr_bytes < utf8_bytes(character->bytes))
        return UTF8_GOES_ON;
    return end_as(character, is_good(character->bytes) ? UTF8_WHOLE : UTF8_BAD);
}
