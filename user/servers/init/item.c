/* user/servers/init/item.c - see item.h. */
#include "user/servers/init/item.h"
#include "kernel/abi/rights.h"
#include "lib/string.h"
#include "user/lib/initrd.h"
#include "user/lib/loader.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/servers/init/servers.h"

/* Above that of programs, 8: who keeps a hart busy does not keep keys waiting. */
#define SERVER_PRIORITY 16

struct item {
    bool is_paged;
    const char *words[PROGRAM_ARGUMENTS_MAX];
    int nr_words; /* may be more than have room */
    const char *uses[START_GATES + 2];
    size_t nr_uses; /* as well */
};

static void argument_add(struct item *item, const char *word) {
    if (item->nr_words < PROGRAM_ARGUMENTS_MAX)
        item->words[item->nr_words] = word;
    item->nr_words++;
}

static void use_add(struct item *item, const char *name) {
    if (item->nr_uses < ARRAY_SIZE(item->uses))
        item->uses[item->nr_uses] = name;
    item->nr_uses++;
}

/* Cut `text` into words at blanks, in place. */
static void words_split(char *text, struct item *item) {
    char before = ' ';
    for (char *at = text; *at != '\0'; at++) {
        char c = *at;
        if (c == ' ')
            *at = '\0';
        else if (before == ' ' && c == '<')
            use_add(item, at + 1);
        else if (before == ' ')
            argument_add(item, at);
        before = c;
    }
}

static status_t item_check(const struct item *item) {
    if (item->nr_words == 0) {
        printf("[init] app=: an item of the list names no program\n");
        return ERR_INVALID;
    }
    if (item->nr_words > PROGRAM_ARGUMENTS_MAX) {
        printf("[init] %s: more than %d arguments\n", item->words[0],
               PROGRAM_ARGUMENTS_MAX - 1);
        return ERR_FULL;
    }
    if (item->nr_uses > ARRAY_SIZE(item->uses)) {
        printf("[init] %s: more than %zu words with <\n", item->words[0],
               ARRAY_SIZE(item->uses));
        return ERR_FULL;
    }
    return OK;
}

/* Gates to the servers that it uses; the loader copies them. */
static status_t gates_make(const struct item *item, struct program *program) {
    size_t nr_gates = 0;
    status_t st = item->is_paged ? servers_gate("pager", &program->pager) : OK;
    if (st != OK)
        printf("[init] %s: no gate to the pager: %s\n", program->name, status_text(st));
    for (size_t i = 0; st == OK && i < item->nr_uses; i++) {
        const char *name = item->uses[i];
        if (strcmp(name, "initrd") == 0)
            program->has_initrd = true;
        else if (strcmp(name, "console") == 0)
            st = servers_gate(name, &program->console);
        else if (nr_gates == START_GATES)
            st = ERR_FULL;
        else
            st = servers_gate(name, &program->gates[nr_gates++]);
        if (st != OK)
            printf("[init] %s: no gate to %s: %s\n", program->name, name,
                   status_text(st));
    }
    return st;
}

/* The server shall hear of it when the program's own copy is the last and goes. */
static void gates_close(const struct program *program) {
    if (program->console != 0)
        (void)!handle_close(program->console);
    if (program->pager != 0)
        (void)!handle_close(program->pager);
    for (size_t i = 0; i < START_GATES; i++)
        if (program->gates[i] != 0)
            (void)!handle_close(program->gates[i]);
}

static status_t program_load(struct program *program, const struct item *item,
                             handle_t *process) {
    const char *why;
    status_t st = gates_make(item, program);
    if (st == OK) {
        st = program_start(program, process, &why);
        if (st != OK)
            printf("[init] %s: refused: %s (%s)\n", program->name, why, status_name(st));
    }
    gates_close(program);
    return st;
}

status_t item_start(char *text, const char *script, handle_t endpoint, struct share share,
                    struct started *started) {
    struct item item = {.words = {""}};
    struct cpio_file file;
    while (*text == ' ')
        text++;
    bool is_expected_to_fail = text[0] == '!';
    text += is_expected_to_fail;
    bool is_driver = text[0] == '@';
    text += is_driver;
    item.is_paged = text[0] == '~';
    text += item.is_paged;
    words_split(text, &item);
    if (script != NULL) {
        argument_add(&item, "-c");
        argument_add(&item, script);
    }
    status_t st = item_check(&item);
    if (st != OK)
        return st;
    st = initrd_find(item.words[0], &file);
    if (st != OK) {
        printf("[init] %s: %s\n", item.words[0], initrd_why(st));
        return st;
    }

    struct program program = {
        .name = item.words[0],
        .file = file.data,
        .file_bytes = file.data_bytes,
        .nr_arguments = item.nr_words,
        .arguments = item.words,
        .max_frames = share.max_frames,
        .max_heap_bytes = share.max_heap_bytes,
        .more_rights = is_driver ? RIGHT_DEVICE | RIGHT_ALLOW_WX : 0,
        .priority = endpoint != 0 ? SERVER_PRIORITY : 0,
        .endpoint = endpoint,
    };
    started->is_expected_to_fail = is_expected_to_fail;
    format_string(started->name, sizeof(started->name), "%s", item.words[0]);
    return program_load(&program, &item, &started->process);
}
