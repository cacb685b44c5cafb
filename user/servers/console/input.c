/* user/servers/console/input.c - see input.h. */
#include "user/servers/console/input.h"
#include "lib/string.h"
#include "user/lib/line.h"
#include "user/servers/console/output.h"
#include "user/servers/console/ring.h"
#include "user/servers/console/uart.h"

#define TYPED_BYTES_MAX  8192
#define READERS_MAX      16
#define READERS_A_CLIENT 2 /* so that none can take all places */

#define CTRL_C '\x03'
#define CTRL_T '\x14'

struct reader {
    uint64_t token, badge;
    size_t prompt_bytes;
    char prompt[LINE_PROMPT_MAX];
};

static char bytes[TYPED_BYTES_MAX];
static struct ring typed = {.bytes = bytes, .max_bytes = sizeof(bytes)};
static struct line line;
static struct reader readers[READERS_MAX]; /* the first one has the line */
static size_t nr_readers;

static void show(void *context, const char *text, size_t nr_bytes) {
    (void)context;
    output_put(text, nr_bytes);
}

void input_init(void) {
    line_init(&line, show, NULL);
}

bool input_has_room(void) {
    return !ring_is_full(&typed);
}

/* ---- who waits for a line ---- */

static void reader_remove(size_t which) {
    nr_readers--;
    memmove(&readers[which], &readers[which + 1],
            (nr_readers - which) * sizeof(readers[0]));
}

/* The one who is first now has the line. */
static void begin(void) {
    if (nr_readers > 0)
        line_begin(&line, readers[0].prompt, readers[0].prompt_bytes);
}

/* Answer the first who still lives. */
static void answer(const char *text, size_t nr_bytes) {
    status_t st = ERR_NOT_FOUND;
    while (st == ERR_NOT_FOUND && nr_readers > 0) {
        struct message m = {.tag = tag_make(0, (uint32_t)nr_bytes, 0, 0)};
        memcpy(message_buffer()->bytes, text, nr_bytes);
        st = message_reply(readers[0].token, &m);
        reader_remove(0);
    }
    begin();
}

static void enter(void) {
    char text[LINE_BYTES_MAX + 1];
    memcpy(text, line.text, line.nr_bytes);
    text[line.nr_bytes] = '\n';
    answer(text, line.nr_bytes + 1);
}

static void end(void) {
    output_put("\n", 1);
    answer("", 0);
}

/* Type what has come in, as long as somebody wants it. */
static void feed(void) {
    while (nr_readers > 0 && typed.nr_bytes > 0) {
        char c = ring_first(&typed);
        ring_drop_first(&typed);
        enum line_event event = line_type(&line, c);
        if (event == LINE_ENTERED)
            enter();
        else if (event == LINE_AT_END)
            end();
        else if (event != LINE_GOES_ON)
            begin(); /* it was cancelled, or too long */
    }
}

static size_t count_readers(uint64_t badge) {
    size_t n = 0;
    for (size_t i = 0; i < nr_readers; i++)
        n += readers[i].badge == badge;
    return n;
}

status_t input_read(const struct message *m, const char *prompt) {
    if (m->token == 0)
        return ERR_INVALID;
    if (nr_readers == READERS_MAX || count_readers(m->badge) == READERS_A_CLIENT)
        return ERR_FULL;
    struct reader *reader = &readers[nr_readers++];
    reader->token = m->token;
    reader->badge = m->badge;
    reader->prompt_bytes = tag_bytes(m->tag);
    if (reader->prompt_bytes > sizeof(reader->prompt))
        reader->prompt_bytes = sizeof(reader->prompt);
    memcpy(reader->prompt, prompt, reader->prompt_bytes);
    if (nr_readers == 1)
        begin();
    feed();
    return OK;
}

void input_forget(uint64_t badge) {
    bool had_line = nr_readers > 0 && readers[0].badge == badge;
    for (size_t i = nr_readers; i > 0; i--)
        if (readers[i - 1].badge == badge)
            reader_remove(i - 1);
    if (had_line)
        begin();
    feed();
}

void input_hide(void) {
    if (nr_readers > 0)
        line_hide(&line);
}

void input_redraw(void) {
    if (nr_readers > 0)
        line_redraw(&line);
}

/* ---- the port ---- */

/* All that was typed before is not wanted any more, nor is a half line. */
static void cancel(void) {
    typed.nr_bytes = 0;
    if (nr_readers > 0)
        ring_put(&typed, CTRL_C);
    else
        output_put("^C\n", 3);
}

unsigned input_take(unsigned *nr_dumps) {
    unsigned nr_cancels = 0;
    char c;
    *nr_dumps = 0;
    while (input_has_room() && uart_get(&c)) {
        if (c == CTRL_C) {
            cancel();
            nr_cancels++;
        } else if (c == CTRL_T) {
            ++*nr_dumps;
        } else {
            ring_put(&typed, c);
        }
    }
    feed();
    return nr_cancels;
}
