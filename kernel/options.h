/* kernel/options.h - what the boot command line asks the kernel for.
 *
 * Pure, hostile input is fine.  How it is written: kernel/abi/bootargs.h; later words
 * win.
 * Not here: app=, script= and poweroff=, which init reads (user/servers/init/main.c). */
#pragma once

#include "lib/compiler.h"

#define OPTIONS_VALUE_MAX 512

struct options {
    char test[OPTIONS_VALUE_MAX];  /* patterns; empty: no tests */
    char bench[OPTIONS_VALUE_MAX]; /* names; empty: no benchmarks */
    char log[OPTIONS_VALUE_MAX];   /* see log_set_levels() */
    char trace[OPTIONS_VALUE_MAX]; /* see trace_init() */
    char nonce[OPTIONS_VALUE_MAX]; /* told with each test that passes */
    bool color;                    /* color=on */
    bool learn_heap;               /* learn=heap: the learning system calls are allowed */
    bool no_asids;                 /* asid=off */
};

extern struct options options; /* (c) after boot */

/* Called for each word that is ignored; the problem is "unknown", "bad value" or "too
 * long".  `word` is not terminated. */
typedef void options_report_fn(const char *problem, const char *word, size_t word_bytes);

/* Parse `line` into `out`, every field of it. */
void options_parse(const char *line, struct options *out, options_report_fn *report);
