/* user/servers/init/main.c - the first program: it runs those that the boot option app=
 * names, and ends when they have ended.
 *
 * The list: `a,b` one after another, `a+b` at the same time, `"a 1 2"` with arguments,
 * `!a` is expected to fail, `@a` may have devices and their interrupts.  All come from
 * the initrd, a cpio archive. Exit code: 1 if a program is missing or refused, or ends
 * otherwise than expected, else 0.  The kernel embeds this program (kernel/first.c),
 * starts it with the list as argument 1 and, when no process is left, ends with its exit
 * code. */
#include "kernel/abi/addresses.h"
#include "kernel/abi/info.h"
#include "kernel/abi/rights.h"
#include "lib/bits.h"
#include "lib/items.h"
#include "user/lib/cpio.h"
#include "user/lib/loader.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define APPS_AT_ONCE_MAX 16
#define ITEM_BYTES       512 /* the kernel takes no longer option */

/* What each program may have. */
#define APP_FRAMES_MAX     1024
#define APP_HEAP_BYTES_MAX ((size_t)128 << 10)

#define INITRD_AT ((uint64_t)1 << 32)

struct app {
    handle_t process;
    bool is_expected_to_fail;
    char name[PROCESS_NAME_BYTES];
};

static const void *archive;               /* NULL: there is none */
static int status;                        /* of the run so far, 0 or 1 */
static struct app apps[APPS_AT_ONCE_MAX]; /* those that run at the same time */
static size_t nr_apps;
static uint64_t endings; /* a notification that is told of them, one after the other */

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
        printf("[init] %s: cannot run it, there is no initrd\n", name);
        return ERR_NOT_FOUND;
    }
    status_t st = cpio_find(archive, own_start->initrd_bytes, name, file);
    if (st == ERR_NOT_FOUND)
        printf("[init] %s: no such program in the initrd\n", name);
    else if (st != OK)
        printf("[init] %s: the initrd is malformed, or cut short\n", name);
    return st;
}

/* Does one more program with so many words fit? */
static status_t item_check(const char *name, int nr_words) {
    if (nr_words == 0) {
        printf("[init] app=: an item of the list names no program\n");
        return ERR_INVALID;
    }
    if (nr_words > PROGRAM_ARGUMENTS_MAX) {
        printf("[init] %s: more than %d arguments\n", name, PROGRAM_ARGUMENTS_MAX - 1);
        return ERR_FULL;
    }
    if (nr_apps == APPS_AT_ONCE_MAX) {
        printf("[init] %s: more than %d programs at once\n", name, APPS_AT_ONCE_MAX);
        return ERR_FULL;
    }
    return OK;
}

/* Start one item of the list: `!`, `@`, name and arguments.  `text` is cut up. */
static status_t app_start(char *text) {
    bool is_expected_to_fail = text[0] == '!';
    text += is_expected_to_fail;
    bool is_driver = text[0] == '@';
    text += is_driver;
    const char *words[PROGRAM_ARGUMENTS_MAX] = {""};
    int nr_words = split_words(text, words);
    struct cpio_file file;
    status_t st = item_check(words[0], nr_words);
    if (st == OK)
        st = file_find(words[0], &file);
    if (st != OK)
        return st;

    struct app *app = &apps[nr_apps];
    struct program program = {
        .name = words[0],
        .file = file.data,
        .file_bytes = file.data_bytes,
        .nr_arguments = nr_words,
        .arguments = words,
        .max_frames = APP_FRAMES_MAX,
        .max_heap_bytes = APP_HEAP_BYTES_MAX,
        .more_rights = is_driver ? RIGHT_DEVICE : 0,
    };
    const char *why;
    st = program_start(&program, &app->process, &why);
    if (st != OK) {
        printf("[init] %s: refused: %s (%s)\n", words[0], why, status_name(st));
        return st;
    }
    app->is_expected_to_fail = is_expected_to_fail;
    format_string(app->name, sizeof(app->name), "%s", words[0]);
    nr_apps++;
    return OK;
}

/* Start the next items up to a `,`.  False at the end of the list. */
static bool group_start(const char **list) {
    char item[ITEM_BYTES];
    char separator = '+';
    bool found_any = false;
    while (separator == '+' && items_next(list, item, sizeof(item), &separator)) {
        found_any = true;
        if (app_start(item) != OK)
            status = 1;
    }
    return found_any;
}

/* ---- ending ---- */

/* Wait until it has ended; has it failed? */
static bool app_wait(const struct app *app) {
    uint64_t exit_code, bits;
    if (process_watch(app->process, (handle_t)endings, 1) != OK ||
        notification_wait((handle_t)endings, &bits) != OK)
        return true;
    return process_result(app->process, &exit_code) != OK || exit_code != 0;
}

static void group_end(void) {
    for (size_t i = 0; i < nr_apps; i++) {
        const struct app *app = &apps[i];
        bool has_failed = app_wait(app);
        if (!has_failed && app->is_expected_to_fail)
            printf("[init] %s was expected to fail, and did not\n", app->name);
        if (has_failed != app->is_expected_to_fail)
            status = 1;
        (void)!handle_close(app->process);
    }
    nr_apps = 0;
}

/* ---- all of it ---- */

static void initrd_open(void) {
    uint64_t offset = own_start->initrd_offset;
    size_t nr_bytes = align_up(offset + own_start->initrd_bytes, USER_PAGE_BYTES);
    if (own_start->initrd == 0)
        return;
    status_t st = space_map(own_process, (handle_t)own_start->initrd, INITRD_AT, 0,
                            nr_bytes, MAP_READ);
    if (st == OK)
        archive = (const void *)(INITRD_AT + offset);
    else
        printf("[init] the initrd cannot be mapped: %s\n", status_text(st));
}

int main(int argc, char **argv) {
    const char *list = argc > 1 ? argv[1] : "";
    initrd_open();
    if (notification_create(&endings) != OK)
        return 1;
    while (group_start(&list))
        group_end();
    return status;
}
