/* labs/todo/user.c - how a program says that a lab's part is missing. */
#include "lib/lab.h"
#include "user/lib/stdio.h"

void lab_say_todo(const char *part) {
    printf("lab_todo: %s\n", part);
}
