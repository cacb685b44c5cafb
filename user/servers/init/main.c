/* user/servers/init/main.c - the first program: it runs those that the boot option app=
 * names, and the servers that they use, and ends when they have ended.
 *
 * app= is a list: `a,b` one after another, `a+b` at the same time; item.h tells what an
 * item may say.  All come from the initrd, a cpio archive, and so does init.list, which
 * names the servers (servers.h) and what runs if app= is empty: the shell, and with
 * script= the shell with that text.  With poweroff=off it does not end.
 * Exit code: that of the shell; of others 1 if one is missing or refused, or ends
 * otherwise than expected, else 0.  The kernel embeds this program (kernel/first.c),
 * hands it the boot command line and, when no process is left, ends with its exit
 * code. */
#include "kernel/abi/info.h"
#include "lib/items.h"
#include "lib/string.h"
#include "user/lib/init.h"
#include "user/lib/server.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/servers/init/init.h"
#include "user/servers/init/item.h"
#include "user/servers/init/servers.h"
#include "user/servers/init/start.h"

#define APPS_AT_ONCE_MAX 16

/* What each program may have; the shell, whose programs live on what is its own, gets
 * half of what there is. */
static const struct share app_share = {1024, (size_t)128 << 10};

static int status;                            /* of the run so far, 0 or 1 */
static struct started apps[APPS_AT_ONCE_MAX]; /* those that run at the same time */
static size_t nr_apps;
static uint64_t apps_running; /* a bit for each */
static uint64_t endings;  /* a notification: a bit for each server, above for each app */
static uint64_t endpoint; /* for those who have a gate to init, and for the endings */
static uint64_t last_badge;

status_t init_gate(uint64_t *gate) {
    return gate_create((handle_t)endpoint, ++last_badge, gate);
}

/* ---- starting ---- */

static void app_start(char *item, const char *script, struct share share) {
    if (nr_apps == APPS_AT_ONCE_MAX) {
        printf("[init] %s: more than %d programs at once\n", item, APPS_AT_ONCE_MAX);
        status = 1;
        return;
    }
    struct started *app = &apps[nr_apps];
    status_t st = item_start(item, script, 0, share, app);
    if (st == OK)
        st = process_watch(app->process, (handle_t)endings,
                           1ul << (SERVERS_MAX + nr_apps));
    if (st != OK) {
        status = 1;
        return;
    }
    apps_running |= 1ul << nr_apps;
    nr_apps++;
}

/* Start the next items up to a `,`.  False at the end of the list. */
static bool group_start(const char **list) {
    char item[ITEM_BYTES];
    char separator = '+';
    bool found_any = false;
    while (separator == '+' && items_next(list, item, sizeof(item), &separator)) {
        found_any = true;
        app_start(item, NULL, app_share);
    }
    return found_any;
}

/* ---- while they run ---- */

static enum server_answer endings_come(void *context, struct message *m) {
    (void)context;
    servers_ended(m->words[0]);
    apps_running &= ~(m->words[0] >> SERVERS_MAX);
    return apps_running == 0 ? SERVER_STOP : SERVER_LATER;
}

static enum server_answer restart(void *context, struct message *m) {
    (void)context;
    const char *name = (const char *)message_buffer()->bytes;
    return server_status(m, servers_restart(name, tag_bytes(m->tag)));
}

static const struct server_handler table[] = {
    {LABEL_NOTIFIED, endings_come, 0},
    {INIT_RESTART, restart, 0},
    {0, NULL, 0},
};

/* Returns the exit code of one that ended by itself, else 1. */
static int judge(const struct started *app) {
    uint64_t exit_code;
    if (process_result(app->process, &exit_code) != OK)
        exit_code = 1;
    bool has_failed = exit_code != 0;
    if (!has_failed && app->is_expected_to_fail)
        printf("[init] %s was expected to fail, and did not\n", app->name);
    if (has_failed != app->is_expected_to_fail)
        status = 1;
    (void)!handle_close(app->process);
    return (int)exit_code;
}

/* Serve until all have ended.  Returns the last one's exit code. */
static int group_end(void) {
    int last_code = 0;
    if (nr_apps > 0 && server_run((handle_t)endpoint, table, NULL) != OK)
        status = 1;
    for (size_t i = 0; i < nr_apps; i++)
        last_code = judge(&apps[i]);
    nr_apps = 0;
    return last_code;
}

/* ---- all of it ---- */

/* The shell, if the list names it: its exit code is the status. */
static void run_default(const char *script) {
    char item[ITEM_BYTES];
    struct process_info own = {0};
    format_string(item, sizeof(item), "%s", servers_default_item());
    (void)!process_inspect(own_process, &own);
    struct share share = {(own.max_frames - own.nr_frames) / 2,
                          (own.max_heap_bytes - own.heap_bytes) / 2};
    app_start(item, script[0] == '\0' ? NULL : script, share);
    int code = group_end();
    if (code != 0)
        status = code;
}

/* A text from the boot command line without its quotes. */
static void unquote(char *text) {
    char *to = text;
    for (; *text != '\0'; text++)
        if (*text != '"')
            *to++ = *text;
    *to = '\0';
}

/* Checks of the kernel's have been all that was wanted, unless app= says more. */
static bool has_checks(void) {
    return bootargs_value("test")[0] != '\0' || bootargs_value("bench")[0] != '\0';
}

/* The end, unless the machine is to stay on. */
static void stay_on_if_asked(void) {
    uint64_t bits;
    if (strcmp(bootargs_value("poweroff"), "off") != 0)
        return;
    printf("[init] idle, status %d (poweroff=off)\n", status);
    while (notification_wait((handle_t)endings, &bits) == OK)
        ;
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    static char apps_wanted[ITEM_BYTES], script[ITEM_BYTES];
    const char *list = apps_wanted;
    if (notification_create(&endings) != OK || endpoint_create(&endpoint) != OK ||
        notification_bind((handle_t)endings, (handle_t)endpoint) != OK)
        return 1;
    servers_init((handle_t)endings);
    format_string(script, sizeof(script), "%s", bootargs_value("script"));
    format_string(apps_wanted, sizeof(apps_wanted), "%s", bootargs_value("app"));
    unquote(script);
    if (list[0] == '\0' && !has_checks() && servers_default_item()[0] != '\0')
        run_default(script);
    while (group_start(&list))
        (void)group_end();
    servers_stop();
    stay_on_if_asked();
    return status;
}
