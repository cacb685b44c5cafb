/* user/lib/start.c - from the first instruction to main(), and on to exit(). */
#include "user/lib/start.h"
#include "user/lib/stdlib.h"

handle_t own_system;
handle_t own_process;
handle_t own_console;
handle_t own_pager;
const struct start_block *own_start;

NORETURN void user_start(const struct start_block *start);

void user_start(const struct start_block *start) {
    own_start = start;
    own_system = (handle_t)start->system;
    own_process = (handle_t)start->process;
    own_console = (handle_t)start->console;
    own_pager = (handle_t)start->pager;
    exit(main((int)start->argc, (char **)(uintptr_t)start->argv));
}
