/* user/apps/hello.c - the first program: it greets, and shows its arguments. */
#include "kernel/abi/info.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

int main(int argc, char **argv) {
    struct process_info self;
    if (process_inspect(own_process, &self) != OK)
        return 1;
    printf("Hello, world! I am %s, process %lu, in %lu pages.\n", self.name, self.id,
           self.nr_frames);
    for (int i = 1; i < argc; i++)
        printf("argument %d is \"%s\"\n", i, argv[i]);
    return 0;
}
