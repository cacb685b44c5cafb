/* user/lib/cpio.c - find files in a "new ASCII" cpio archive, in place.
 *
 * Invariant C1: nothing outside [archive, archive + archive_bytes) is read, and a name is
 * handed out only when its terminator was seen inside. */
#include "user/lib/cpio.h"
#include "lib/bits.h"
#include "lib/string.h"

enum { /* offsets of the fields we read, each of 8 hexadecimal digits */
       FIELD_MODE = 14,
       FIELD_FILE_SIZE = 54,
       FIELD_NAME_SIZE = 94,
       FIELD_DIGITS = 8,
       HEADER_BYTES = 110,
       PADDING = 4,
};

#define MODE_KIND    0170000u
#define MODE_REGULAR 0100000u

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool field_read(const char *field, uint32_t *out) {
    uint32_t value = 0;
    for (size_t i = 0; i < FIELD_DIGITS; i++) {
        int digit = hex_digit(field[i]);
        if (digit < 0)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    *out = value;
    return true;
}

static bool magic_is_known(const char *header) {
    return memcmp(header, "070701", 6) == 0 || memcmp(header, "070702", 6) == 0;
}

status_t cpio_next(const void *archive, size_t archive_bytes, size_t *cursor,
                   struct cpio_file *out) {
    const char *base = archive;
    size_t at = *cursor;
    if (at > archive_bytes || archive_bytes - at < HEADER_BYTES)
        return ERR_FORMAT;
    const char *header = base + at;
    uint32_t mode;
    uint32_t file_bytes;
    uint32_t name_bytes;
    if (!magic_is_known(header) || !field_read(header + FIELD_MODE, &mode) ||
        !field_read(header + FIELD_FILE_SIZE, &file_bytes) ||
        !field_read(header + FIELD_NAME_SIZE, &name_bytes))
        return ERR_FORMAT;

    /* No sum wraps: both sizes are below 2^32 and `at` below archive_bytes. */
    size_t name_at = at + HEADER_BYTES;
    if (name_bytes == 0 || name_bytes > archive_bytes - name_at)
        return ERR_FORMAT;
    const char *name = base + name_at;
    if (name[name_bytes - 1] != '\0')
        return ERR_FORMAT;
    if (strcmp(name, "TRAILER!!!") == 0)
        return ERR_NOT_FOUND;
    size_t data_at = align_up(name_at + name_bytes, PADDING);
    if (data_at > archive_bytes || file_bytes > archive_bytes - data_at)
        return ERR_FORMAT;

    out->name = strncmp(name, "./", 2) == 0 ? name + 2 : name;
    out->data = base + data_at;
    out->data_bytes = file_bytes;
    out->mode = mode;
    *cursor = align_up(data_at + file_bytes, PADDING);
    return OK;
}

status_t cpio_find(const void *archive, size_t archive_bytes, const char *name,
                   struct cpio_file *out) {
    size_t cursor = 0;
    for (;;) {
        struct cpio_file file;
        status_t st = cpio_next(archive, archive_bytes, &cursor, &file);
        if (st != OK)
            return st;
        if ((file.mode & MODE_KIND) == MODE_REGULAR && strcmp(file.name, name) == 0) {
            *out = file;
            return OK;
        }
    }
}
