/* user/apps/conecho.c - a client of the console: it shows each line that it reads.
 *
 * usage: conecho NAME [LINES]     until the end of the input, or so many lines
 * Needs a gate to the console: make run APP='conecho A <console' */
#include "user/lib/console.h"
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"

int main(int argc, char **argv) {
    char line[CONSOLE_LINE_MAX], prompt[32];
    const char *name = argc > 1 ? argv[1] : "conecho";
    int nr_lines = argc > 2 ? atoi(argv[2]) : -1;
    size_t nr_bytes = 0;
    format_string(prompt, sizeof(prompt), "%s> ", name);
    for (int i = 0; i != nr_lines; i++) {
        status_t st = console_read(own_console, prompt, line, &nr_bytes);
        if (st != OK) {
            printf("%s: no line: %s\n", name, status_text(st));
            return 1;
        }
        if (nr_bytes == 0)
            break;
        printf("%s has read: %.*s", name, (int)nr_bytes, line);
    }
    printf("%s: the end\n", name);
    return 0;
}
