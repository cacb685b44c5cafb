/* labs/todo/host.c - how a test on the host says that a lab's part is missing. */
#include <stdio.h>

#include "lib/lab.h"

void lab_say_todo(const char *part) {
    fprintf(stderr, "lab_todo: %s\n", part);
}
