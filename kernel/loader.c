/* kernel/loader.c - see loader.h.
 *
 * Invariant L1: the loader works only while no process exists, so nothing that it does
 *               delays a thread. */
#include "kernel/loader.h"
#include "kernel/holdings.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/power.h"
#include "kernel/process.h"
#include "kernel/program.h"
#include "kernel/sched.h"
#include "lib/cpio.h"
#include "lib/string.h"
#include "mm/heap.h"

LOG_MODULE("loader");

#define APPS_AT_ONCE_MAX 16

struct app {
    struct process *process;
    bool is_expected_to_fail;
};

/* (c) after loader_init() and loader_run_apps()   (k) kernel lock */
static const void *archive;               /* (c) */
static size_t archive_bytes;              /* (c) */
static struct holdings holdings_at_first; /* (c) */
static const char *cursor;                /* (k) in the list: what is still to start */
static unsigned status;                   /* (k) of the run so far, 0 or 1 */
static struct app apps[APPS_AT_ONCE_MAX]; /* (k) those that run at the same time */
static size_t nr_apps;                    /* (k) */
static bool has_run_any;                  /* (k) */

void loader_init(const void *initrd, size_t initrd_bytes) {
    archive = initrd;
    archive_bytes = initrd_bytes;
}

/* ---- starting ---- */

/* Cut `text` into words at blanks, in place.  Returns how many there are, which may be
 * more than have room in `words`. */
static int split_words(char *text, const char *words[PROGRAM_ARGUMENTS_MAX]) {
    int nr_words = 0;
    for (char *at = text; *at != '\0'; at++) {
        if (*at == ' ') {
            *at = '\0';
        } else if (at == text || at[-1] == '\0') {
            if (nr_words < PROGRAM_ARGUMENTS_MAX)
                words[nr_words] = at;
            nr_words++;
        }
    }
    return nr_words;
}

static status_t file_find(const char *name, struct cpio_file *file) {
    if (archive == NULL) {
        console_printf("[kernel] %s: cannot run it, there is no initrd\n", name);
        return ERR_NOT_FOUND;
    }
    status_t st = cpio_find(archive, archive_bytes, name, file);
    if (st == ERR_NOT_FOUND)
        console_printf("[kernel] %s: no such program in the initrd\n", name);
    else if (st != OK)
        console_printf("[kernel] %s: the initrd is malformed, or cut short\n", name);
    return st;
}

/* Start one item of the list: `!`, name and arguments.  `text` is cut up. */
static status_t app_start(char *text) {
    bool is_expected_to_fail = text[0] == '!';
    const char *words[PROGRAM_ARGUMENTS_MAX];
    int nr_words = split_words(is_expected_to_fail ? text + 1 : text, words);
    if (nr_words == 0) {
        console_printf("[kernel] app=: an item of the list names no program\n");
        return ERR_INVALID;
    }
    if (nr_words > PROGRAM_ARGUMENTS_MAX) {
        console_printf("[kernel] %s: more than %d arguments\n", words[0],
                       PROGRAM_ARGUMENTS_MAX - 1);
        return ERR_FULL;
    }
    if (nr_apps == APPS_AT_ONCE_MAX) {
        console_printf("[kernel] %s: more than %d programs at once\n", words[0],
                       APPS_AT_ONCE_MAX);
        return ERR_FULL;
    }
    struct cpio_file file;
    status_t st = file_find(words[0], &file);
    if (st != OK)
        return st;

    struct program program = {words[0], file.data, file.data_bytes, nr_words, words};
    struct process *process;
    const char *why;
    st = program_start(&program, &process, &why);
    if (st != OK) {
        console_printf("[kernel] %s: refused: %s (%s)\n", words[0], why, status_name(st));
        return st;
    }
    log_debug("%s (pid %lu): %zu frames", process->name, process->id,
              process->used.nr_frames);
    apps[nr_apps] = (struct app){process, is_expected_to_fail};
    nr_apps++;
    return OK;
}

/* Start the next items up to a `,`.  False at the end of the list. */
static bool group_start(void) {
    char item[OPTIONS_VALUE_MAX];
    char separator = '+';
    bool found_any = false;
    while (separator == '+' &&
           options_next_item(&cursor, item, sizeof(item), &separator)) {
        found_any = true;
        if (app_start(item) != OK)
            status = 1;
    }
    return found_any;
}

/* ---- ending ---- */

static void group_end(void) {
    for (size_t i = 0; i < nr_apps; i++) {
        struct process *process = apps[i].process;
        bool has_failed = process->was_killed || process->exit_code != 0;
        if (!has_failed && apps[i].is_expected_to_fail)
            console_printf("[kernel] %s (pid %lu) was expected to fail, and did not\n",
                           process->name, process->id);
        if (has_failed != apps[i].is_expected_to_fail)
            status = 1;
        process_destroy(process);
        has_run_any = true;
    }
    nr_apps = 0;
    heap_trim(); /* the next programs meet a heap without the traces of these */
}

static void holdings_compare(void) {
    struct holdings now = holdings_count();
    struct holdings first = holdings_at_first;
    if (now.heap_bytes == first.heap_bytes && now.free_frames == first.free_frames &&
        now.nr_objects == first.nr_objects) {
        console_printf("[kernel] heap and frames: nothing missing\n");
        return;
    }
    console_printf(
        "[kernel] MISSING: before and after: heap bytes %zu %zu, free frames %zu "
        "%zu, objects %u %u\n",
        first.heap_bytes, now.heap_bytes, first.free_frames, now.free_frames,
        first.nr_objects, now.nr_objects);
    status = 1;
}

/* sched.c calls this whenever no process is left, also at the very beginning. */
static void next_group(void) {
    group_end();
    while (nr_apps == 0) {
        if (group_start())
            continue;
        if (has_run_any)
            holdings_compare();
        power_finish(status);
    }
}

void loader_run_apps(const char *list, unsigned exit_status) {
    cursor = list;
    status = exit_status;
    (void)object_system(); /* made on first demand: before the count */
    holdings_at_first = holdings_count();
    sched_start(next_group);
}
