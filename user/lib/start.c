/* user/lib/start.c - from the first instruction to main(), and on to exit(). */
#include "user/lib/start.h"
#include "user/lib/stdlib.h"

handle_t own_system;
handle_t own_process;

NORETURN void user_start(handle_t system, int argc, char **argv, handle_t process);

void user_start(handle_t system, int argc, char **argv, handle_t process) {
    own_system = system;
    own_process = process;
    exit(main(argc, argv));
}
