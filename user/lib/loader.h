/* user/lib/loader.h - make a process out of an ELF file.
 *
 * Not here: where files come from and what runs when (user/servers/init), where the parts
 * go (layout.h). */
#pragma once

#include "kernel/abi/syscall.h"
#include "user/lib/layout.h"

struct program {
    const char *name; /* of the process */
    const void *file;
    size_t file_bytes;
    int nr_arguments; /* at most PROGRAM_ARGUMENTS_MAX, the name as argument 0 included */
    const char *const *arguments;
    size_t max_frames;     /* its memory, page tables, message buffers */
    size_t max_heap_bytes; /* of the kernel heap */
    unsigned priority;     /* of its thread; 0: that of others */
    uint64_t more_rights;  /* to the system, besides those that every program has */
    /* What it gets a handle of its own to; 0: nothing. */
    handle_t console;            /* a gate */
    handle_t endpoint;           /* to receive on, and to make gates to */
    handle_t gates[START_GATES]; /* to servers */
    bool has_initrd;             /* the caller's initrd */
    handle_t pager;              /* a gate; 0: the program is loaded whole.  Else it must
                                    be in the pager's initrd, and comes when touched */
};

/* Load the file into a new process and let its one thread run.  It is born with what
 * user/lib/start_block.h tells: its arguments, handles to the system and to itself, and
 * those that `program` names, which the caller must have with RIGHT_COPY.
 * ERR_FORMAT (no ELF that we run), ERR_INVALID (the layout), ERR_TOO_SMALL (room for the
 * arguments), ERR_QUOTA, ERR_NO_MEMORY, ERR_FULL; then `*why` says more and nothing is
 * left behind. */
MUST_CHECK status_t program_start(const struct program *program, handle_t *process,
                                  const char **why);
