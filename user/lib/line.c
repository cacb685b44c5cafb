/* user/lib/line.c - see line.h. */
#include "user/lib/line.h"

#include "lib/string.h"

#define CONTROL(letter) ((letter) - '@')
#define ESCAPE          CONTROL('[')
#define DELETE          '\x7f'

void line_init(struct line *line, line_show_fn *show, void *context) {
    line->show = show;
    line->context = context;
    line->before = '\0';
    line->escape = '\0';
    line->nr_old = 0;
    line_begin(line);
}

void line_begin(struct line *line) {
    line->nr_bytes = 0;
    line->text[0] = '\0';
    line->at = line->nr_old;
}

static void show(struct line *line, const char *text) {
    line->show(line->context, text, strlen(text));
}

/* ---- editing ---- */

static void insert(struct line *line, char c) {
    if (line->nr_bytes == LINE_BYTES_MAX) {
        show(line, "\a");
        return;
    }
    line->text[line->nr_bytes++] = c;
    line->text[line->nr_bytes] = '\0';
    line->show(line->context, &c, 1);
}

static bool is_continuation(char c) {
    return ((uint8_t)c & 0xc0) == 0x80;
}

/* Take the last character away.  One of three bytes or more is as wide as two. */
static void erase_character(struct line *line) {
    size_t length = 1;
    while (length < 4 && length < line->nr_bytes &&
           is_continuation(line->text[line->nr_bytes - length]))
        length++;
    line->nr_bytes -= length;
    line->text[line->nr_bytes] = '\0';
    show(line, length < 3 ? "\b \b" : "\b\b  \b\b");
}

static void erase_all(struct line *line) {
    while (line->nr_bytes > 0)
        erase_character(line);
}

static bool ends_with_blank(const struct line *line) {
    return line->nr_bytes > 0 && line->text[line->nr_bytes - 1] == ' ';
}

static void erase_word(struct line *line) {
    while (ends_with_blank(line))
        erase_character(line);
    while (line->nr_bytes > 0 && !ends_with_blank(line))
        erase_character(line);
}

/* ---- earlier lines ---- */

static void keep(struct line *line) {
    const char *last = line->old[(line->nr_old - 1) % LINES_KEPT];
    if (line->nr_bytes == 0 || (line->nr_old > 0 && strcmp(last, line->text) == 0))
        return;
    memcpy(line->old[line->nr_old % LINES_KEPT], line->text, line->nr_bytes + 1);
    line->nr_old++;
}

/* Show line number `at` instead, if it is kept; the one behind the last is empty. */
static void go_to(struct line *line, size_t at) {
    if (at > line->nr_old || line->nr_old - at > LINES_KEPT) {
        show(line, "\a");
        return;
    }
    erase_all(line);
    line->at = at;
    if (at == line->nr_old)
        return;
    for (const char *c = line->old[at % LINES_KEPT]; *c != '\0'; c++)
        insert(line, *c);
}

/* ---- keys ---- */

/* Inside ESC [ ... or ESC O ...: a letter or ~ ends it. */
static void escape_goes_on(struct line *line, char c) {
    bool is_first = line->escape == ESCAPE;
    line->escape = c;
    if (is_first && (c == '[' || c == 'O'))
        return;
    if (c >= ' ' && c < '@')
        return;
    line->escape = '\0';
    if (c == 'A')
        go_to(line, line->at - 1);
    else if (c == 'B')
        go_to(line, line->at + 1);
}

static enum line_event enter(struct line *line) {
    show(line, "\n");
    keep(line);
    return LINE_ENTERED;
}

static enum line_event cancel(struct line *line) {
    show(line, "^C\n");
    line_begin(line);
    return LINE_CANCELLED;
}

static void edit(struct line *line, char c) {
    if (c == '\b' || c == DELETE) {
        if (line->nr_bytes > 0)
            erase_character(line);
    } else if (c == CONTROL('U')) {
        erase_all(line);
    } else if (c == CONTROL('W')) {
        erase_word(line);
    } else if (c == CONTROL('P')) {
        go_to(line, line->at - 1);
    } else if (c == CONTROL('N')) {
        go_to(line, line->at + 1);
    } else if (c == ESCAPE) {
        line->escape = c;
    } else if ((uint8_t)c >= ' ') {
        insert(line, c);
    }
}

enum line_event line_type(struct line *line, char c) {
    char before = line->before;
    line->before = c;
    if (line->escape != '\0' && (uint8_t)c >= ' ') {
        escape_goes_on(line, c);
        return LINE_GOES_ON;
    }
    line->escape = '\0'; /* a control character ends what it stands in, too */
    if (c == '\r' || (c == '\n' && before != '\r'))
        return enter(line);
    if (c == CONTROL('C'))
        return cancel(line);
    if (c == CONTROL('D'))
        return line->nr_bytes == 0 ? LINE_AT_END : enter(line);
    if (c != '\n')
        edit(line, c);
    return LINE_GOES_ON;
}
