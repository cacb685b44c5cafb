/* user/servers/shell/parse.h - a line of the shell, cut into commands and words.
 *
 * Pure, hostile text is fine.
 *
 *     command words...   ; and & end a command, & lets it run in the background
 *     'as it stands'     "the same, but \" and \\ are one character"   \x: x as it stands
 *     # to the end of the line is a remark, at the beginning of a word
 *
 * What other shells give a meaning, | < > ( ) and `, is refused outside of quotes, not
 * taken for something else.  So are control characters, which could steer a terminal. */
#pragma once

#include "lib/compiler.h"

#define PARSE_BYTES_MAX    512
#define PARSE_COMMANDS_MAX 16
#define PARSE_WORDS_MAX    64 /* and a NULL behind each command's */

struct command {
    int nr_words;             /* at least 1 */
    const char *const *words; /* words[nr_words] is NULL */
    bool is_background;
};

struct parsed {
    size_t nr_commands; /* 0: an empty line */
    struct command commands[PARSE_COMMANDS_MAX];
    size_t nr_words;
    const char *words[PARSE_WORDS_MAX];
    char text[PARSE_BYTES_MAX]; /* of the words, each terminated */
};

/* Parse the `nr_bytes` of `line`.  Returns NULL, or why not; then nothing of it may be
 * run. */
MUST_CHECK const char *parse(const char *line, size_t nr_bytes, struct parsed *out);
