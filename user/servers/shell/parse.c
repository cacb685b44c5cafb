/* user/servers/shell/parse.c - see parse.h. */
#include "user/servers/shell/parse.h"

#include "lib/string.h"

struct input {
    const char *at, *end;
    char *text; /* where the next character of a word goes */
};

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_control(char c) {
    return ((uint8_t)c < ' ' && !is_blank(c)) || c == '\x7f';
}

static bool is_in(char c, const char *set) {
    return c != '\0' && strchr(set, c) != NULL;
}

/* What stands between quotes, of which the first one is taken.  NULL, or why not. */
static const char *quoted_take(struct input *in, char quote) {
    while (in->at < in->end && *in->at != quote) {
        bool is_escape = quote == '"' && *in->at == '\\' && in->end - in->at > 1 &&
                         is_in(in->at[1], "\"\\");
        in->at += is_escape;
        *in->text++ = *in->at++;
    }
    if (in->at == in->end)
        return quote == '"' ? "a \" is not closed" : "a ' is not closed";
    in->at++;
    return NULL;
}

static const char *word_take(struct input *in) {
    const char *why = NULL;
    while (why == NULL && in->at < in->end && !is_blank(*in->at) &&
           !is_in(*in->at, ";&")) {
        char c = *in->at++;
        if (c == '\'' || c == '"')
            why = quoted_take(in, c);
        else if (c == '\\' && in->at == in->end)
            why = "there is nothing behind the \\";
        else if (c == '\\')
            *in->text++ = *in->at++;
        else if (is_in(c, "|<>()`"))
            why = "| < > ( ) and ` have no meaning here: put them into quotes";
        else
            *in->text++ = c;
    }
    *in->text++ = '\0';
    return why;
}

static void blanks_skip(struct input *in) {
    while (in->at < in->end && is_blank(*in->at))
        in->at++;
    if (in->at < in->end && *in->at == '#')
        in->at = in->end;
}

/* The words up to the end of the command, and what ends it. */
static const char *command_take(struct input *in, struct parsed *out) {
    const char *why = NULL;
    struct command *command = &out->commands[out->nr_commands];
    if (out->nr_commands == PARSE_COMMANDS_MAX)
        return "there are too many commands";
    command->words = &out->words[out->nr_words];
    command->nr_words = 0;
    while (why == NULL && in->at < in->end && !is_in(*in->at, ";&")) {
        if (out->nr_words >= PARSE_WORDS_MAX - 1)
            return "there are too many words";
        out->words[out->nr_words++] = in->text;
        command->nr_words++;
        why = word_take(in);
        blanks_skip(in);
    }
    if (why == NULL && command->nr_words == 0)
        why = *in->at == ';' ? "there is no command before a ;"
                             : "there is no command before an &";
    if (why == NULL)
        out->words[out->nr_words++] = NULL;
    command->is_background = in->at < in->end && *in->at == '&';
    in->at += in->at < in->end;
    out->nr_commands++;
    return why;
}

const char *parse(const char *line, size_t nr_bytes, struct parsed *out) {
    struct input in = {line, line + nr_bytes, out->text};
    const char *why = NULL;
    out->nr_commands = out->nr_words = 0;
    /* The end of a word takes the place of what parts it from the next. */
    if (nr_bytes >= PARSE_BYTES_MAX)
        return "it is too long";
    for (size_t i = 0; i < nr_bytes; i++)
        if (is_control(line[i]))
            return "there is a control character in it";
    blanks_skip(&in);
    while (why == NULL && in.at < in.end) {
        why = command_take(&in, out);
        blanks_skip(&in);
    }
    if (why != NULL)
        out->nr_commands = 0;
    return why;
}
