/* lib/lab.h - what stands in a student's tree where a lab's part was cut out.
 *
 * `make lab` puts lab_todo("buddy/split") there and includes this file; nothing in our
 * own tree does.  It says once that the part is missing, and the program goes on.
 * Not here: how a line is printed (labs/todo: kernel, user and host each have a way). */
#pragma once

#include "lib/compiler.h"

/* A function without its body leaves parameters and helpers unused: that is no news. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wunused-variable"
#pragma GCC diagnostic ignored "-Wunused-function"

void lab_say_todo(const char *part);

#define lab_todo(part)                                                                   \
    do {                                                                                 \
        static bool said_;                                                               \
        if (!said_) {                                                                    \
            said_ = true; /* before: what says it may come here again */                 \
            lab_say_todo(part);                                                          \
        }                                                                                \
    } while (0)
