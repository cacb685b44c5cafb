/* lib/format.c - printf's formatting. */
#include "lib/format.h"

#include "lib/string.h"

struct output {
    format_put_fn *put;
    void *sink;
    size_t nr_put;
};

struct spec {
    bool left, zero, plus, space, alternate;
    size_t width;
    int precision; /* -1: none given */
    unsigned bits; /* of an integer: 8 to 64 */
    char conversion;
};

static void put(struct output *out, char c) {
    out->put(out->sink, c);
    out->nr_put++;
}

static void put_times(struct output *out, char c, size_t times) {
    while (times-- > 0)
        put(out, c);
}

/* `prefix` (a sign or 0x), zeroes and `digits`, padded to the width. */
static void put_field(struct output *out, const struct spec *spec, const char *prefix,
                      size_t nr_zeroes, const char *text, size_t text_bytes) {
    size_t used = strlen(prefix) + nr_zeroes + text_bytes;
    size_t padding = spec->width > used ? spec->width - used : 0;
    bool zero = spec->zero && !spec->left;
    if (!spec->left && !zero)
        put_times(out, ' ', padding);
    while (*prefix)
        put(out, *prefix++);
    put_times(out, '0', nr_zeroes + (zero ? padding : 0));
    for (size_t i = 0; i < text_bytes; i++)
        put(out, text[i]);
    if (spec->left)
        put_times(out, ' ', padding);
}

static void put_number(struct output *out, struct spec spec, uint64_t value,
                       const char *prefix) {
    const char *digits = spec.conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned base = strchr("xXp", spec.conversion) ? 16 : 10;
    char text[20];
    size_t at = sizeof(text);
    for (uint64_t rest = value; rest != 0; rest /= base)
        text[--at] = digits[rest % base];
    size_t nr_digits = sizeof(text) - at;
    size_t least = spec.precision < 0 ? 1 : (size_t)spec.precision;
    if (spec.precision >= 0)
        spec.zero = false; /* as C has it */
    put_field(out, &spec, prefix, least > nr_digits ? least - nr_digits : 0, text + at,
              nr_digits);
}

/* The next argument; the bits above spec->bits are anything. */
static uint64_t next_integer(const struct spec *spec, va_list *args) {
    return spec->bits == 64 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
}

static void put_signed(struct output *out, const struct spec *spec, va_list *args) {
    unsigned spare = 64 - spec->bits;
    int64_t value = (int64_t)(next_integer(spec, args) << spare) >> spare;
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    put_number(out, *spec, magnitude,
               value < 0     ? "-"
               : spec->plus  ? "+"
               : spec->space ? " "
                             : "");
}

static void put_unsigned(struct output *out, const struct spec *spec, va_list *args) {
    unsigned spare = 64 - spec->bits;
    uint64_t value = next_integer(spec, args) << spare >> spare;
    bool prefixed = spec->alternate && value != 0 && spec->conversion != 'u';
    put_number(out, *spec, value, !prefixed ? "" : spec->conversion == 'X' ? "0X" : "0x");
}

static void put_text(struct output *out, struct spec spec, const char *text,
                     size_t nr_bytes) {
    spec.zero = false;
    put_field(out, &spec, "", 0, text, nr_bytes);
}

static void put_conversion(struct output *out, struct spec *spec, va_list *args) {
    switch (spec->conversion) {
    case 'd':
    case 'i': put_signed(out, spec, args); break;
    case 'u':
    case 'x':
    case 'X': put_unsigned(out, spec, args); break;
    case 'p': put_number(out, *spec, (uintptr_t)va_arg(*args, void *), "0x"); break;
    case 'c': put_text(out, *spec, (char[]){(char)va_arg(*args, int)}, 1); break;
    case 's': {
        const char *text = va_arg(*args, const char *);
        size_t most = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;
        text = text == NULL ? "(null)" : text;
        put_text(out, *spec, text, strnlen(text, most));
    }
    }
}

static const char *parse_number(const char *at, va_list *args, int *out) {
    if (*at == '*') {
        *out = va_arg(*args, int);
        return at + 1;
    }
    for (*out = 0; *at >= '0' && *at <= '9'; at++)
        if (*out < 100000)
            *out = *out * 10 + (*at - '0');
    return at;
}

static const char *parse_flags(const char *at, struct spec *spec) {
    for (;; at++) {
        switch (*at) {
        case '-': spec->left = true; break;
        case '0': spec->zero = true; break;
        case '+': spec->plus = true; break;
        case ' ': spec->space = true; break;
        case '#': spec->alternate = true; break;
        default: return at;
        }
    }
}

static const char *parse_length(const char *at, struct spec *spec) {
    for (; *at == 'h' && spec->bits > 8; at++)
        spec->bits /= 2;
    for (; *at != '\0' && strchr("lztj", *at); at++)
        spec->bits = 64;
    return at;
}

/* `at` is behind the '%'.  Returns what follows the conversion, NULL if it is unknown. */
static const char *parse_spec(const char *at, struct spec *spec, va_list *args) {
    *spec = (struct spec){.precision = -1, .bits = 32};
    int width;
    at = parse_flags(at, spec);
    at = parse_number(at, args, &width);
    if (width < 0)
        spec->left = true;
    spec->width = (size_t)(width < 0 ? -(int64_t)width : width);
    if (*at == '.')
        at = parse_number(at + 1, args, &spec->precision);
    at = parse_length(at, spec);
    spec->conversion = *at;
    return *at != '\0' && strchr("diuxXpcs", *at) ? at + 1 : NULL;
}

size_t format_to_v(format_put_fn *put_fn, void *sink, const char *fmt,
                   va_list arguments) {
    struct output out = {.put = put_fn, .sink = sink};
    struct spec spec;
    va_list args;
    va_copy(args, arguments);
    while (*fmt) {
        char c = *fmt++;
        const char *next = c == '%' ? parse_spec(fmt, &spec, &args) : NULL;
        if (next != NULL) {
            put_conversion(&out, &spec, &args);
            fmt = next;
            continue;
        }
        put(&out, c); /* as it stands, but for the second of %% */
        if (c == '%' && *fmt == '%')
            fmt++;
    }
    va_end(args);
    return out.nr_put;
}

size_t format_to(format_put_fn *put_fn, void *sink, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    size_t nr_put = format_to_v(put_fn, sink, fmt, args);
    va_end(args);
    return nr_put;
}

struct buffer {
    char *at;
    char *last; /* where the terminator may go at the latest */
};

static void put_into_buffer(void *sink, char c) {
    struct buffer *buffer = sink;
    if (buffer->at < buffer->last)
        *buffer->at++ = c;
}

size_t format_string(char *buffer, size_t buffer_bytes, const char *fmt, ...) {
    struct buffer sink = {buffer, buffer_bytes == 0 ? buffer : buffer + buffer_bytes - 1};
    va_list args;
    va_start(args, fmt);
    size_t length = format_to_v(put_into_buffer, &sink, fmt, args);
    va_end(args);
    if (buffer_bytes > 0)
        *sink.at = '\0';
    return length;
}

const char *format_bytes(uint64_t bytes, char buffer[FORMAT_BYTES_MAX]) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    uint64_t one = 1;
    while (unit + 1 < ARRAY_SIZE(units) && bytes >> 10 >= one) {
        one <<= 10;
        unit++;
    }
    uint64_t tenths = (bytes % one) * 10 / one; /* 10 * 2^60 does not wrap */
    if (tenths == 0)
        format_string(buffer, FORMAT_BYTES_MAX, "%lu %s", bytes / one, units[unit]);
    else
        format_string(buffer, FORMAT_BYTES_MAX, "%lu.%lu %s", bytes / one, tenths,
                      units[unit]);
    return buffer;
}
