/* user/apps/leaker.c - takes what it can get and gives nothing back.
 *
 * The kernel must get all of it back when the program ends, whether by itself
 * (app=leaker) or by force (app="!leaker crash"): heap and frames are counted
 * afterwards. */
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"

#define HANDLES 300
#define BLOCKS  200

int main(int argc, char **argv) {
    uint64_t value;
    unsigned nr_handles = 0, nr_blocks = 0;
    for (unsigned i = 0; i < HANDLES; i++)
        if (handle_copy(i % 2 == 0 ? own_system : own_process, 0, &value) == OK)
            nr_handles++;
    for (unsigned i = 0; i < BLOCKS; i++)
        if (heap_alloc(own_system, 1 + i * 37, 0, &value) == OK)
            nr_blocks++;
    char *chain = NULL; /* each block begins with the address of the one before */
    for (char *block = malloc(1000); block != NULL; block = malloc(1000)) {
        memcpy(block, &chain, sizeof(chain));
        chain = block;
    }
    printf("leaker: leaving with %u handles and %u kernel blocks\n", nr_handles,
           nr_blocks);
    if (argc > 1 && strcmp(argv[1], "crash") == 0)
        __builtin_trap();
    return 0;
}
