/* user/servers/shell/show.c - see show.h.
 *
 * Objects are visited one by one while the system goes on: no list is of one moment. */
#include "user/servers/shell/show.h"
#include "kernel/abi/addresses.h"
#include "kernel/abi/info.h"
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/lib/threads.h"
#include "user/servers/shell/jobs.h"

static const char *const type_names[] = {
    [OBJECT_NONE] = "",
    [OBJECT_SYSTEM] = "system",
    [OBJECT_PROCESS] = "process",
    [OBJECT_THREAD] = "thread",
    [OBJECT_ENDPOINT] = "endpoint",
    [OBJECT_GATE] = "gate",
    [OBJECT_NOTIFICATION] = "notification",
    [OBJECT_MEMORY] = "memory",
    [OBJECT_IRQ] = "irq",
};

/* The next object that is of this type, unless that is OBJECT_NONE.  False: there is none
 * any more. */
static bool next_object(enum object_type type, uint64_t *number,
                        struct object_info *info) {
    status_t st = object_inspect(own_system, *number, info, number);
    while (st == OK &&
           (info->type == OBJECT_NONE || (type != OBJECT_NONE && info->type != type)))
        st = object_inspect(own_system, *number, info, number);
    return st == OK;
}

/* For how long the threads of a process have run that have not ended. */
static uint64_t used_ns(uint64_t process) {
    struct object_info info;
    uint64_t number = 0, sum = 0;
    while (next_object(OBJECT_THREAD, &number, &info))
        sum += info.process == process ? info.used_ns : 0;
    return sum;
}

int show_processes(int argc, const char *const *argv) {
    (void)argc, (void)argv;
    struct object_info info;
    char bytes[FORMAT_BYTES_MAX];
    uint64_t number = 0;
    printf("  pid name         threads  used ms handles  frames      of  kernel heap\n");
    while (next_object(OBJECT_PROCESS, &number, &info)) {
        const struct process_info *process = &info.process_info;
        printf("%5lu %-12s %7lu %8lu %7lu %7lu %7lu %12s\n", process->id, process->name,
               process->nr_threads, used_ns(process->id) / 1000000, process->nr_handles,
               process->nr_frames, process->max_frames,
               format_bytes(process->heap_bytes, bytes));
    }
    return STATUS_OK;
}

static void put(void *unused, char c) {
    (void)unused;
    putchar(c);
}

int show_threads(int argc, const char *const *argv) {
    (void)argc, (void)argv;
    threads_show(put, NULL);
    return STATUS_OK;
}

static void show_object(uint64_t number, const struct object_info *info) {
    const char *name = info->type < ARRAY_SIZE(type_names) ? type_names[info->type] : "?";
    printf("%6lu %-12s %7lu  ", number, name, info->nr_handles);
    switch (info->type) {
    case OBJECT_PROCESS:
        printf("%s, pid %lu\n", info->process_info.name, info->process_info.id);
        break;
    case OBJECT_THREAD: printf("of pid %lu\n", info->process); break;
    case OBJECT_GATE:
        printf("to endpoint %lu, badge %lu\n", info->endpoint, info->badge);
        break;
    case OBJECT_NOTIFICATION: printf("bits %#lx\n", info->bits); break;
    case OBJECT_MEMORY: printf("pages: %lu\n", info->nr_pages); break;
    case OBJECT_IRQ: printf("source %lu\n", info->source); break;
    default: printf("\n");
    }
}

int show_handles(int argc, const char *const *argv) {
    struct object_info info;
    enum object_type type = OBJECT_NONE;
    uint64_t number = 0;
    for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(type_names); i++)
        if (strcmp(argv[1], type_names[i]) == 0)
            type = (enum object_type)i;
    if (argc > 1 && type == OBJECT_NONE) {
        printf("shell: %s: no such type of object; `handles` shows all\n", argv[1]);
        return STATUS_USAGE;
    }
    printf("object type         handles\n");
    while (next_object(type, &number, &info))
        show_object(number, &info);
    return STATUS_OK;
}

int show_irqs(int argc, const char *const *argv) {
    (void)argc, (void)argv;
    struct object_info info;
    uint64_t number = 0;
    printf("source interrupts object\n");
    while (next_object(OBJECT_IRQ, &number, &info))
        printf("%6lu %10lu %6lu\n", info.source, info.nr_interrupts, number);
    return STATUS_OK;
}

int show_frames(int argc, const char *const *argv) {
    (void)argc, (void)argv;
    struct frame_stats info;
    char bytes[FORMAT_BYTES_MAX];
    status_t st = frame_stats(own_system, &info);
    if (st != OK) {
        printf("shell: frames: %s\n", status_text(st));
        return STATUS_FAILED;
    }
    printf("%zu of %zu frames of 4 KiB are free: %s\n", info.free_frames,
           info.total_frames, format_bytes(info.free_frames * USER_PAGE_BYTES, bytes));
    for (size_t order = 0; order < BUDDY_ORDERS; order++)
        if (info.buddy.nr_free[order] != 0)
            printf("%6zu x %s\n", info.buddy.nr_free[order],
                   format_bytes((uint64_t)1 << order, bytes));
    return STATUS_OK;
}

int show_log(int argc, const char *const *argv) {
    (void)argc, (void)argv;
    char line[LOG_LINE_BYTES];
    uint64_t number = 0;
    while (log_read(own_system, number, line, &number) == OK)
        printf("%s\n", line);
    return STATUS_OK;
}
