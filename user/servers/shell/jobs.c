/* user/servers/shell/jobs.c - see jobs.h.
 *
 * One notification tells of everything: bit 0 is Ctrl-C, bit 1 + n the end of jobs[n]. */
#include "user/servers/shell/jobs.h"
#include "kernel/abi/info.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "user/lib/console.h"
#include "user/lib/initrd.h"
#include "user/lib/loader.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define JOBS_MAX      8
#define JOB_TEXT_MAX  48
#define JOB_FRAMES    1024
#define JOB_HEAP      ((size_t)128 << 10) /* bytes */
#define END_BIT(slot) ((uint64_t)2 << (slot))

struct job {
    handle_t process; /* 0: the slot is free */
    uint64_t pid;
    bool is_background, has_ended;
    int status;              /* of one that has ended            */
    const char *why;         /* it has ended so, if not by itself */
    char text[JOB_TEXT_MAX]; /* the command, as it is shown      */
};

static struct job jobs[JOBS_MAX];
static handle_t news;

status_t jobs_init(void) {
    uint64_t made;
    status_t st = notification_create(&made);
    news = (handle_t)made;
    return st;
}

static size_t number(const struct job *job) {
    return (size_t)(job - jobs) + 1;
}

/* ---- how they end ---- */

static const char *fault_text(uint64_t kind) {
    switch (kind) {
    case FAULT_ILLEGAL: return "killed: an illegal instruction";
    case FAULT_BREAKPOINT: return "killed: a breakpoint";
    case FAULT_EXECUTE: return "killed: it jumped to where it may not";
    case FAULT_LOAD: return "killed: it read where it may not";
    case FAULT_STORE: return "killed: it wrote where it may not";
    default: return "killed: a fault";
    }
}

static void take_end(struct job *job) {
    uint64_t value;
    status_t st = process_result(job->process, &value);
    job->has_ended = true;
    job->why = NULL;
    if (st == OK) {
        job->status = (int)value;
    } else if (st == ERR_KILLED && value != 0) {
        job->status = STATUS_CRASHED;
        job->why = fault_text(value);
    } else {
        job->status = STATUS_KILLED;
        job->why = "killed";
    }
}

/* Sort the bits; is Ctrl-C among them? */
static bool take_news(uint64_t bits) {
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (jobs[i].process != 0 && (bits & END_BIT(i)) != 0)
            take_end(&jobs[i]);
    return (bits & CONSOLE_CTRL_C) != 0;
}

static void say_end(const struct job *job) {
    if (job->is_background)
        printf("[%zu] ", number(job));
    if (job->why != NULL)
        printf("%s: %s\n", job->text, job->why);
    else if (job->status != 0)
        printf("%s: status %d\n", job->text, job->status);
    else
        printf("%s: done\n", job->text);
}

static int forget(struct job *job) {
    int status = job->status;
    (void)!handle_close(job->process);
    *job = (struct job){.process = 0};
    return status;
}

void jobs_report(void) {
    uint64_t bits;
    if (notification_poll(news, &bits) == OK)
        (void)take_news(bits);
    for (size_t i = 0; i < JOBS_MAX; i++) {
        if (jobs[i].process != 0 && jobs[i].has_ended) {
            say_end(&jobs[i]);
            (void)forget(&jobs[i]);
        }
    }
}

/* Have Ctrl-C come here: said again each time, since the console may be a new one.  One
 * that came before is not meant for what begins now. */
static void expect_ctrl_c(void) {
    uint64_t bits;
    if (own_console != 0)
        (void)!console_foreground(own_console, news);
    if (notification_poll(news, &bits) == OK)
        (void)take_news(bits);
}

/* Until it has ended.  False: Ctrl-C came before. */
static bool wait_for(const struct job *job) {
    uint64_t bits;
    bool is_interrupted = false;
    while (!job->has_ended && !is_interrupted) {
        if (notification_wait(news, &bits) != OK)
            return false;
        is_interrupted = take_news(bits);
    }
    return job->has_ended;
}

/* Wait for the job in the foreground, which Ctrl-C ends. */
static int attend(struct job *job) {
    job->is_background = false;
    bool is_interrupted = !wait_for(job);
    if (is_interrupted) {
        (void)!process_kill(job->process);
        while (!wait_for(job)) /* a second Ctrl-C makes it no quicker */
            ;
        job->status = STATUS_INTERRUPTED;
        job->why = "ended by Ctrl-C";
    }
    if (job->why != NULL || job->status != 0)
        say_end(job);
    return forget(job);
}

/* ---- how they start ---- */

static struct job *slot_find(void) {
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (jobs[i].process == 0)
            return &jobs[i];
    return NULL;
}

static void text_set(struct job *job, const struct command *command) {
    size_t used = 0;
    for (int i = 0; i < command->nr_words && used < JOB_TEXT_MAX; i++)
        used += format_string(&job->text[used], JOB_TEXT_MAX - used,
                              i == 0 ? "%s" : " %s", command->words[i]);
}

/* Find the file, and check what can be checked before.  Returns 0, or says why not. */
static int file_find(const char *name, const struct command *command,
                     struct cpio_file *file) {
    status_t st = initrd_find(name, file);
    if (st == ERR_NOT_FOUND) {
        printf("shell: %s: no such command; `help` lists them\n", name);
        return STATUS_UNKNOWN;
    }
    if (st != OK) {
        printf("shell: %s: %s\n", name, initrd_why(st));
        return STATUS_REFUSED;
    }
    if (command->nr_words > PROGRAM_ARGUMENTS_MAX) {
        printf("shell: %s: a program takes at most %d arguments\n", name,
               PROGRAM_ARGUMENTS_MAX - 1);
        return STATUS_USAGE;
    }
    if (strlen(name) >= PROCESS_NAME_BYTES) {
        printf("shell: %s: the name is too long for a process\n", name);
        return STATUS_REFUSED;
    }
    return STATUS_OK;
}

/* A gate of its own to the console, which then can tell when it has gone. */
static status_t load(const struct program *program, handle_t *process, const char **why) {
    struct program with_console = *program;
    *why = "the console has no place for it";
    status_t st = OK;
    if (own_console != 0)
        st = console_gate(own_console, &with_console.console);
    if (st != OK)
        return st;
    st = program_start(&with_console, process, why);
    if (with_console.console != 0)
        (void)!handle_close(with_console.console);
    return st;
}

static int job_start(struct job *job, const struct cpio_file *file,
                     const struct command *command) {
    struct program program = {
        .name = file->name,
        .file = file->data,
        .file_bytes = file->data_bytes,
        .nr_arguments = command->nr_words,
        .arguments = command->words,
        .max_frames = JOB_FRAMES,
        .max_heap_bytes = JOB_HEAP,
    };
    const char *why;
    struct process_info info;
    *job = (struct job){.is_background = command->is_background};
    status_t st = load(&program, &job->process, &why);
    if (st == OK) {
        why = "its end cannot be waited for";
        st = process_watch(job->process, news, END_BIT(job - jobs));
    }
    if (st == OK)
        st = process_inspect(job->process, &info);
    if (st != OK) {
        printf("shell: %s: cannot start it: %s (%s)\n", file->name, why, status_name(st));
        (void)forget(job);
        return STATUS_REFUSED;
    }
    job->pid = info.id;
    text_set(job, command);
    return STATUS_OK;
}

int jobs_run(const char *name, const struct command *command) {
    struct cpio_file file;
    struct job *job = slot_find();
    int status = file_find(name, command, &file);
    if (status != STATUS_OK)
        return status;
    if (job == NULL) {
        printf("shell: %s: there are %d jobs already\n", name, JOBS_MAX);
        return STATUS_REFUSED;
    }
    expect_ctrl_c();
    status = job_start(job, &file, command);
    if (status != STATUS_OK)
        return status;
    if (!command->is_background)
        return attend(job);
    printf("[%zu] %s, pid %lu\n", number(job), job->text, job->pid);
    return STATUS_OK;
}

/* ---- commands about them ---- */

static bool is_running_background(const struct job *job) {
    return job->process != 0 && job->is_background;
}

/* The decimal number that all of `text` is, or 0. */
static uint64_t number_in(const char *text) {
    for (const char *c = text; *c != '\0'; c++)
        if (*c < '0' || *c > '9' || c - text > 8)
            return 0;
    return (uint64_t)atoi(text);
}

/* The one of that number, or the last one if `which` is NULL. */
static struct job *find(const char *which) {
    for (size_t i = JOBS_MAX; which == NULL && i > 0; i--)
        if (is_running_background(&jobs[i - 1]))
            return &jobs[i - 1];
    if (which == NULL) {
        printf("shell: there is no job in the background\n");
        return NULL;
    }
    uint64_t wanted = number_in(which[0] == '%' ? which + 1 : which);
    if (wanted >= 1 && wanted <= JOBS_MAX && is_running_background(&jobs[wanted - 1]))
        return &jobs[wanted - 1];
    printf("shell: %s: no such job; `jobs` lists them\n", which);
    return NULL;
}

void jobs_list(void) {
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (is_running_background(&jobs[i]))
            printf("[%zu] %s, pid %lu: %s\n", i + 1, jobs[i].text, jobs[i].pid,
                   jobs[i].has_ended ? "has ended" : "runs");
}

static int wait_told(struct job *job) {
    if (!wait_for(job)) {
        printf("shell: %s goes on\n", job->text);
        return STATUS_INTERRUPTED;
    }
    say_end(job);
    return forget(job);
}

int jobs_wait(const char *which) {
    struct job *job = which == NULL ? NULL : find(which);
    expect_ctrl_c();
    if (job != NULL)
        return wait_told(job);
    int status = which == NULL ? STATUS_OK : STATUS_FAILED;
    for (size_t i = 0; i < JOBS_MAX && status != STATUS_INTERRUPTED; i++)
        if (which == NULL && is_running_background(&jobs[i]))
            status = wait_told(&jobs[i]);
    return status;
}

int jobs_foreground(const char *which) {
    struct job *job = find(which);
    if (job == NULL)
        return STATUS_FAILED;
    printf("%s\n", job->text);
    expect_ctrl_c();
    return attend(job);
}

int jobs_kill(const char *which) {
    struct job *job = NULL;
    uint64_t pid = number_in(which);
    if (which[0] == '%')
        job = find(which);
    for (size_t i = 0; i < JOBS_MAX; i++)
        if (is_running_background(&jobs[i]) && jobs[i].pid == pid)
            job = &jobs[i];
    if (job == NULL && which[0] != '%')
        printf("shell: %s: the shell has no handle to such a process\n", which);
    if (job == NULL)
        return STATUS_FAILED;
    status_t st = process_kill(job->process);
    if (st == OK || st == ERR_CLOSED)
        return STATUS_OK;
    printf("shell: %s: %s\n", job->text, status_text(st));
    return STATUS_FAILED;
}
