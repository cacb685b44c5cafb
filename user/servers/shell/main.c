/* user/servers/shell/main.c - the shell: it runs what is typed, or a script.
 *
 * usage: shell              lines from the console, until their end; the status is 0
 *        shell -c SCRIPT    this line; the status is its last command's
 *
 * init starts it when no boot option names programs (user/servers/init), and the machine
 * powers off when it ends.  What a line may be: parse.h; commands: builtins.c, and every
 * program of the initrd. */
#include "lib/string.h"
#include "user/lib/console.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/servers/shell/builtins.h"
#include "user/servers/shell/jobs.h"
#include "user/servers/shell/shell.h"

#define PROMPT "huoban> " /* tools/run waits for it before it passes on what was piped */

static bool is_leaving;
static int leaving_status;

void shell_leave(int status) {
    is_leaving = true;
    leaving_status = status;
}

int shell_run(const struct command *command) {
    int status = builtin_run(command);
    return status >= 0 ? status : jobs_run(command->words[0], command);
}

/* All commands of a line, up to the one that Ctrl-C ends: the last one's status. */
static int line_run(const char *line, size_t nr_bytes) {
    static struct parsed parsed;
    const char *why = parse(line, nr_bytes, &parsed);
    int status = STATUS_OK;
    if (why != NULL) {
        printf("shell: the line is not run: %s\n", why);
        return STATUS_USAGE;
    }
    for (size_t i = 0; i < parsed.nr_commands && !is_leaving; i++) {
        status = shell_run(&parsed.commands[i]);
        if (status == STATUS_INTERRUPTED)
            break;
    }
    return status;
}

static int lines_run(void) {
    char line[CONSOLE_LINE_MAX];
    size_t nr_bytes;
    while (!is_leaving) {
        jobs_report();
        stdout_flush();
        status_t st = console_read(own_console, PROMPT, line, &nr_bytes);
        if (st != OK) {
            printf("shell: nothing can be read from the console: %s\n", status_text(st));
            return STATUS_FAILED;
        }
        if (nr_bytes == 0) {
            printf("\n");
            return STATUS_OK;
        }
        nr_bytes -= line[nr_bytes - 1] == '\n';
        history_add(line, nr_bytes);
        (void)line_run(line, nr_bytes);
    }
    return leaving_status;
}

int main(int argc, char **argv) {
    bool has_script = argc == 3 && strcmp(argv[1], "-c") == 0;
    if (argc > 1 && !has_script) {
        printf("usage: shell [-c SCRIPT]\n");
        return STATUS_USAGE;
    }
    status_t st = jobs_init();
    if (st != OK) {
        printf("shell: cannot start: %s\n", status_text(st));
        return STATUS_FAILED;
    }
    if (!has_script && own_console == 0) {
        printf("shell: there is no console to read from\n");
        return STATUS_FAILED;
    }
    if (!has_script)
        return lines_run();
    int status = line_run(argv[2], strlen(argv[2]));
    return is_leaving ? leaving_status : status;
}
