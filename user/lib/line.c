/* user/lib/line.c - see line.h. */
#include "user/lib/line.h"

#include "lib/format.h"
#include "lib/string.h"

#define CONTROL(letter) ((letter) - '@')
#define ESCAPE          CONTROL('[')
#define BACKSPACE       '\x7f'

/* What the terminal understands (ECMA-48). */
#define ERASE_TO_END_OF_ROW "\x1b[K"
#define CLEAR_SCREEN        "\x1b[H\x1b[2J"

/* ---- what is shown ---- */

static void show(struct line *line, const char *text) {
    line->show(line->context, text, strlen(text));
}

static void beep(struct line *line) {
    show(line, "\a");
}

static size_t columns(const struct line *line, size_t from, size_t to) {
    size_t sum = 0;
    for (size_t at = from; at < to; at += utf8_bytes(&line->text[at]))
        sum += utf8_columns(&line->text[at]);
    return sum;
}

/* The characters beside the one at `at`, or `at` where there is none. */
static size_t before(const struct line *line, size_t at) {
    const char *text = line->text;
    while (at > 0 && ((uint8_t)text[--at] & 0xc0) == 0x80)
        ;
    return at;
}

static size_t behind(const struct line *line, size_t at) {
    return at == line->nr_bytes ? at : at + utf8_bytes(&line->text[at]);
}

/* Columns for the text, the cursor behind it included. */
static size_t room(const struct line *line) {
    return LINE_COLUMNS - line->prompt_columns;
}

static bool cursor_is_in_row(const struct line *line) {
    return line->cursor >= line->first &&
           columns(line, line->first, line->cursor) < room(line);
}

/* Let the row begin where the cursor is in it: at the beginning of the line if that can
 * be, else with half a row before the cursor, so that typing on seldom moves it. */
static void scroll(struct line *line) {
    if (cursor_is_in_row(line))
        return;
    line->first = 0;
    if (cursor_is_in_row(line))
        return;
    line->first = line->cursor;
    while (columns(line, before(line, line->first), line->cursor) <= room(line) / 2)
        line->first = before(line, line->first);
}

void line_redraw(struct line *line) {
    scroll(line);
    size_t end = line->first;
    while (end < line->nr_bytes &&
           columns(line, line->first, behind(line, end)) < room(line))
        end = behind(line, end);
    show(line, "\r");
    show(line, line->prompt);
    line->show(line->context, &line->text[line->first], end - line->first);
    show(line, ERASE_TO_END_OF_ROW);

    size_t column = line->prompt_columns + columns(line, line->first, line->cursor);
    char move[16];
    format_string(move, sizeof(move), column > 0 ? "\r\x1b[%zuC" : "\r", column);
    if (line->cursor < end)
        show(line, move);
}

void line_hide(struct line *line) {
    show(line, "\r" ERASE_TO_END_OF_ROW);
}

/* ---- editing ---- */

/* The whole character that has come, before the cursor. */
static void insert(struct line *line, const char *bytes, size_t nr_bytes) {
    if (line->nr_bytes + nr_bytes > LINE_BYTES_MAX) {
        line->is_cut = true;
        beep(line);
        return;
    }
    char *at = &line->text[line->cursor];
    memmove(at + nr_bytes, at, line->nr_bytes - line->cursor + 1);
    memcpy(at, bytes, nr_bytes);
    line->nr_bytes += nr_bytes;
    line->cursor += nr_bytes;
    if (line->cursor == line->nr_bytes && cursor_is_in_row(line))
        line->show(line->context, bytes, nr_bytes);
    else
        line_redraw(line);
}

static void move_to(struct line *line, size_t cursor) {
    line->is_cut = false;
    if (cursor == line->cursor)
        return;
    line->cursor = cursor;
    line_redraw(line);
}

/* Take out what is between the two, and leave the cursor there. */
static void erase(struct line *line, size_t from, size_t to) {
    line->is_cut = false;
    if (from == to)
        return;
    memmove(&line->text[from], &line->text[to], line->nr_bytes - to + 1);
    line->nr_bytes -= to - from;
    line->cursor = from;
    line->first = line->first < from ? line->first : from;
    line_redraw(line);
}

/* Where the word before the cursor begins. */
static size_t word(const struct line *line) {
    size_t at = line->cursor;
    while (at > 0 && line->text[at - 1] == ' ')
        at--;
    while (at > 0 && line->text[at - 1] != ' ')
        at--;
    return at;
}

/* ---- earlier lines ---- */

static char *old_line(struct line *line, size_t number) {
    return line->old[number % LINE_HISTORY_MAX];
}

static void keep(struct line *line) {
    if (line->nr_bytes == 0 ||
        (line->nr_old > 0 && strcmp(old_line(line, line->nr_old - 1), line->text) == 0))
        return;
    memcpy(old_line(line, line->nr_old), line->text, line->nr_bytes + 1);
    line->nr_old++;
}

/* Edit a copy of line number `at` instead, if it is kept.  The new one waits meanwhile in
 * the place that it will have. */
static void go_to(struct line *line, size_t at) {
    line->is_cut = false;
    if (at > line->nr_old || line->nr_old - at >= LINE_HISTORY_MAX) {
        beep(line);
        return;
    }
    if (line->at == line->nr_old)
        memcpy(old_line(line, line->nr_old), line->text, line->nr_bytes + 1);
    line->at = at;
    line->nr_bytes = line->cursor = strlen(old_line(line, at));
    memcpy(line->text, old_line(line, at), line->nr_bytes + 1);
    line->first = 0;
    line_redraw(line);
}

/* ---- keys ---- */

/* Ctrl-D is the key Delete here: line_type() has taken what is typed as one. */
static void edit(struct line *line, char key) {
    size_t cursor = line->cursor;
    switch (key) {
    case CONTROL('A'): return move_to(line, 0);
    case CONTROL('B'): return move_to(line, before(line, cursor));
    case CONTROL('D'): return erase(line, cursor, behind(line, cursor));
    case CONTROL('E'): return move_to(line, line->nr_bytes);
    case CONTROL('F'): return move_to(line, behind(line, cursor));
    case CONTROL('H'):
    case BACKSPACE: return erase(line, before(line, cursor), cursor);
    case CONTROL('K'): return erase(line, cursor, line->nr_bytes);
    case CONTROL('N'): return go_to(line, line->at + 1);
    case CONTROL('P'): return go_to(line, line->at - 1);
    case CONTROL('U'): return erase(line, 0, cursor);
    case CONTROL('W'): return erase(line, word(line), cursor);
    case CONTROL('L'): show(line, CLEAR_SCREEN); return line_redraw(line);
    default: return;
    }
}

/* A byte inside ESC x, ESC [ numbers x or ESC O x, which x ends: a letter, or ~ behind
 * the number of a key. */
static void escape_goes_on(struct line *line, char byte) {
    static const char keys[][2] = {
        {'A', CONTROL('P')}, {'B', CONTROL('N')}, {'C', CONTROL('F')},
        {'D', CONTROL('B')}, {'F', CONTROL('E')}, {'H', CONTROL('A')},
        {'1', CONTROL('A')}, {'7', CONTROL('A')}, {'4', CONTROL('E')},
        {'8', CONTROL('E')}, {'3', CONTROL('D')},
    };
    char last = line->escape;
    bool is_open = last != ESCAPE; /* by [ or O */
    bool is_number = is_open && last < '@';
    if (is_open ? byte < '@' : byte == '[' || byte == 'O') {
        line->escape = is_number ? '?' : byte; /* no key of ours has two digits */
        return;
    }
    line->escape = '\0';
    char key = byte == '~' ? last : byte;
    for (size_t i = 0; is_open && i < ARRAY_SIZE(keys); i++) {
        if (keys[i][0] == key)
            edit(line, keys[i][1]);
    }
}

static void take(struct line *line, char byte) {
    enum utf8_state state = utf8_take(&line->character, byte);
    if (state == UTF8_WHOLE)
        insert(line, line->character.bytes, utf8_bytes(line->character.bytes));
    else if (state == UTF8_BAD)
        beep(line);
}

/* ---- whole lines ---- */

static void empty(struct line *line) {
    line->nr_bytes = line->cursor = line->first = 0;
    line->text[0] = '\0';
    line->is_cut = false;
    line->at = line->nr_old;
}

static enum line_event enter(struct line *line) {
    if (line->is_cut) {
        show(line, "\nA line has room for no more: this one is forgotten.\n");
        empty(line);
        return LINE_TOO_LONG;
    }
    show(line, "\n");
    keep(line);
    return LINE_ENTERED;
}

static enum line_event cancel(struct line *line) {
    show(line, "^C\n");
    empty(line);
    return LINE_CANCELLED;
}

enum line_event line_type(struct line *line, char byte) {
    bool is_second = line->was_return && byte == '\n';
    line->was_return = byte == '\r';
    bool is_control = (uint8_t)byte < ' ';
    if (line->escape != '\0' && !is_control) {
        escape_goes_on(line, byte);
        return LINE_GOES_ON;
    }
    line->escape = '\0'; /* a control character ends what it stands in, too */
    if (is_control)
        line->character.nr_bytes = 0;
    if (is_second)
        return LINE_GOES_ON;
    switch (byte) {
    case '\r':
    case '\n': return enter(line);
    case CONTROL('C'): return cancel(line);
    case CONTROL('D'): return line->nr_bytes == 0 ? LINE_AT_END : enter(line);
    case ESCAPE: line->escape = byte; break;
    case '\t': take(line, ' '); break;
    default:
        if (is_control || byte == BACKSPACE)
            edit(line, byte);
        else
            take(line, byte);
    }
    return LINE_GOES_ON;
}

void line_init(struct line *line, line_show_fn *show_it, void *context) {
    memset(line, 0, sizeof(*line));
    line->show = show_it;
    line->context = context;
}

void line_begin(struct line *line, const char *prompt, size_t prompt_bytes) {
    empty(line);
    size_t length = 0;
    line->prompt_columns = 0;
    struct utf8 character = {.nr_bytes = 0};
    for (size_t i = 0; i < prompt_bytes; i++) {
        if (utf8_take(&character, prompt[i]) != UTF8_WHOLE)
            continue;
        size_t nr_bytes = utf8_bytes(character.bytes);
        if (length + nr_bytes > LINE_PROMPT_MAX)
            break;
        memcpy(&line->prompt[length], character.bytes, nr_bytes);
        length += nr_bytes;
        line->prompt_columns += utf8_columns(character.bytes);
    }
    line->prompt[length] = '\0';
    show(line, line->prompt);
}
