/* user/servers/shell/builtins.c - see builtins.h. */
#include "user/servers/shell/builtins.h"
#include "lib/string.h"
#include "user/lib/initrd.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/servers/shell/jobs.h"
#include "user/servers/shell/shell.h"
#include "user/servers/shell/show.h"

#define HISTORY_LINES 32
#define HISTORY_BYTES 256

#define MODE_EXECUTABLE 0111 /* of a file, by anyone */

/* argv[argc] is NULL, as in main(). */
typedef int builtin_fn(int argc, const char *const *argv);

static int help(int argc, const char *const *argv);

/* ---- about the shell ---- */

static char history[HISTORY_LINES][HISTORY_BYTES];
static size_t nr_lines; /* number n, from 0, is in history[n % HISTORY_LINES] */

void history_add(const char *line, size_t nr_bytes) {
    if (nr_bytes == 0)
        return;
    format_string(history[nr_lines % HISTORY_LINES], HISTORY_BYTES, "%.*s", (int)nr_bytes,
                  line);
    nr_lines++;
}

static int show_history(int argc, const char *const *argv) {
    (void)argc, (void)argv;
    size_t first = nr_lines > HISTORY_LINES ? nr_lines - HISTORY_LINES : 0;
    for (size_t i = first; i < nr_lines; i++)
        printf("%4zu  %s\n", i + 1, history[i % HISTORY_LINES]);
    return STATUS_OK;
}

static int echo(int argc, const char *const *argv) {
    for (int i = 1; i < argc; i++)
        printf("%s%s", argv[i], i + 1 < argc ? " " : "");
    printf("\n");
    return STATUS_OK;
}

static int leave(int argc, const char *const *argv) {
    shell_leave(argc > 1 ? atoi(argv[1]) : STATUS_OK);
    return STATUS_OK;
}

/* ---- about jobs ---- */

static int list_jobs(int argc, const char *const *argv) {
    (void)argc, (void)argv;
    jobs_list();
    return STATUS_OK;
}

static int wait_for(int argc, const char *const *argv) {
    (void)argc;
    return jobs_wait(argv[1]);
}

static int foreground(int argc, const char *const *argv) {
    (void)argc;
    return jobs_foreground(argv[1]);
}

static int kill(int argc, const char *const *argv) {
    (void)argc;
    return jobs_kill(argv[1]);
}

static int run_timed(int argc, const char *const *argv) {
    struct command command = {argc - 1, argv + 1, false};
    uint64_t before_ns, after_ns;
    (void)!clock_read(&before_ns);
    int status = shell_run(&command);
    (void)!clock_read(&after_ns);
    uint64_t us = (after_ns - before_ns) / 1000;
    printf("%lu.%03lu ms\n", us / 1000, us % 1000);
    return status;
}

/* The program that draws it is a job like any other. */
static int heap(int argc, const char *const *argv) {
    struct command command = {argc, argv, false};
    return jobs_run("heapmap", &command);
}

/* ---- all of them ---- */

static const struct builtin {
    const char *name, *usage, *purpose;
    int min_arguments, max_arguments; /* the name apart; -1: any number */
    builtin_fn *run;
} builtins[] = {
    {"help", "", "this list", 0, 0, help},
    {"ps", "", "the processes, and what they have", 0, 0, show_processes},
    {"threads", "", "what each thread waits for, and on whom (Ctrl-T)", 0, 0,
     show_threads},
    {"handles", "[TYPE]", "the kernel's objects, or those of a type", 0, 1, show_handles},
    {"irqs", "", "the interrupts of devices", 0, 0, show_irqs},
    {"frames", "", "the free memory, in what pieces", 0, 0, show_frames},
    {"log", "", "the last lines of the kernel's log", 0, 0, show_log},
    {"heap", "[BLOCKS]", "a picture of the kernel heap", 0, 1, heap},
    {"jobs", "", "what runs in the background", 0, 0, list_jobs},
    {"fg", "[JOB]", "bring a job to the foreground", 0, 1, foreground},
    {"wait", "[JOB]", "wait for a job, or for all", 0, 1, wait_for},
    {"kill", "PID", "end a process, or %JOB", 1, 1, kill},
    {"time", "COMMAND", "run it, and tell how long it took", 1, -1, run_timed},
    {"echo", "WORDS", "print them", 0, -1, echo},
    {"history", "", "the lines typed before", 0, 0, show_history},
    {"exit", "[STATUS]", "leave; the machine powers off", 0, 1, leave},
};

static void list_programs(void) {
    struct cpio_file file;
    size_t cursor = 0, column = 0;
    printf("Programs:");
    while (initrd_next(&cursor, &file) == OK) {
        if ((file.mode & MODE_EXECUTABLE) == 0)
            continue;
        size_t width = strlen(file.name) + 1;
        column = column + width > 70 || column == 0 ? width : column + width;
        printf("%s%s", column == width ? "\n  " : " ", file.name);
    }
    printf("\n");
}

static int help(int argc, const char *const *argv) {
    (void)argc, (void)argv;
    for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
        printf("  %-8s %-9s %s\n", builtins[i].name, builtins[i].usage,
               builtins[i].purpose);
    list_programs();
    printf(
        "a; b one after another, a & in the background, 'quoted text', \\x, # remark.\n"
        "Ctrl-C ends what runs, Ctrl-D on an empty line powers off.\n");
    return STATUS_OK;
}

int builtin_run(const struct command *command) {
    const char *const *argv = command->words;
    int nr_arguments = command->nr_words - 1;
    for (size_t i = 0; i < ARRAY_SIZE(builtins); i++) {
        const struct builtin *builtin = &builtins[i];
        if (strcmp(argv[0], builtin->name) != 0)
            continue;
        if (nr_arguments < builtin->min_arguments ||
            (builtin->max_arguments >= 0 && nr_arguments > builtin->max_arguments)) {
            printf("usage: %s%s%s\n", builtin->name, builtin->usage[0] == '\0' ? "" : " ",
                   builtin->usage);
            return STATUS_USAGE;
        }
        return builtin->run(command->nr_words, argv);
    }
    return -1;
}
