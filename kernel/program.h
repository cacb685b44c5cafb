/* kernel/program.h - make a process out of an ELF file.
 *
 * Not here: where files come from and what runs when (loader.c). */
#pragma once

#include "lib/status.h"

struct process;

#define PROGRAM_ARGUMENTS_MAX 16

struct program {
    const char *name; /* of the process, and argument 0 */
    const void *file;
    size_t file_bytes;
    int nr_arguments; /* at most PROGRAM_ARGUMENTS_MAX, argument 0 included */
    const char *const *arguments;
};

/* Load the file into a new process whose one thread is ready to run.  It starts with
 * a0 = its handle to the system, a1 = argc, a2 = argv, a3 = its handle to itself.
 * ERR_FORMAT (no ELF that we run), ERR_INVALID (writable and executable at once, or
 * outside the addresses for programs), ERR_TOO_SMALL (the arguments), ERR_QUOTA,
 * ERR_NO_MEMORY, ERR_FULL; then `*why` says more and nothing is left behind.  Needs:
 * kernel lock. */
MUST_CHECK status_t program_start(const struct program *program, struct process **out,
                                  const char **why);
