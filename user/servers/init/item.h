/* user/servers/init/item.h - one item of app= or of init.list: a program, its arguments,
 * and what it is given.
 *
 * Words between blanks.  `!a` is expected to fail, `@a` may have devices and their
 * interrupts, `~a` is loaded by the pager, when it is touched; a word `<b` is no argument
 * but gives a gate to the server b, `<initrd` the archive with the files, `<init` a gate
 * to init. */
#pragma once

#include "kernel/abi/info.h"
#include "kernel/abi/syscall.h"

#define ITEM_BYTES 1024 /* no boot command line is longer */

struct started {
    handle_t process;
    bool is_expected_to_fail;
    char name[PROCESS_NAME_BYTES];
};

/* What it may have. */
struct share {
    size_t max_frames;
    size_t max_heap_bytes;
};

/* Start the program that `text` names, which is cut up.  `script` is two more arguments,
 * -c and itself, unless NULL; `endpoint` is where it serves, or 0.  Errors are told. */
MUST_CHECK status_t item_start(char *text, const char *script, handle_t endpoint,
                               struct share share, struct started *started);
