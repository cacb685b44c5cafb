/* user/servers/init/start.c - how init begins: it is linked as the kernel wants it, and
 * turns what it is given (kernel/abi/flat.h) into what other programs are born with. */
#include "user/servers/init/start.h"
#include "kernel/abi/addresses.h"
#include "kernel/abi/bootargs.h"
#include "kernel/abi/flat.h"
#include "lib/string.h"
#include "user/lib/message.h"
#include "user/lib/start_block.h"

static char bootargs[USER_PAGE_BYTES];
static char value[USER_PAGE_BYTES];

NORETURN void user_start(const struct start_block *start); /* user/lib/start.c */

/* The first instruction.  The message buffer is wanted for messages. */
static NORETURN void init_start(void) {
    const struct first_block *given = (const void *)message_buffer();
    static struct start_block block;
    block.system = given->system;
    block.process = given->process;
    block.initrd = given->initrd;
    block.initrd_offset = given->initrd_offset;
    block.initrd_bytes = given->initrd_bytes;
    memcpy(bootargs, given->bootargs, sizeof(bootargs) - sizeof(*given));
    user_start(&block);
}

/* user/user.ld */
extern const char etext[], srodata[], erodata[], sdata[], ebss[];

static const struct flat_header header IN_SECTION(".header") = {
    .start = (uint64_t)&header,
    .entry = (uint64_t)init_start,
    .parts =
        {
            [FLAT_TEXT] = {(uint64_t)&header, (uint64_t)etext, MAP_READ | MAP_EXECUTE},
            [FLAT_RODATA] = {(uint64_t)srodata, (uint64_t)erodata, MAP_READ},
            [FLAT_DATA] = {(uint64_t)sdata, (uint64_t)ebss, MAP_READ | MAP_WRITE},
            [FLAT_STACK] = {USER_STACK_TOP - USER_STACK_BYTES, USER_STACK_TOP,
                            MAP_READ | MAP_WRITE},
        },
};

const char *bootargs_value(const char *name) {
    const char *cursor = bootargs;
    struct bootargs_text word;
    value[0] = '\0';
    while ((word = bootargs_next(&cursor)).nr_bytes != 0) {
        struct bootargs_text text = bootargs_cut(&word);
        if (word.nr_bytes != strlen(name) || memcmp(word.start, name, word.nr_bytes) != 0)
            continue;
        memcpy(value, text.start, text.nr_bytes);
        value[text.nr_bytes] = '\0';
    }
    return value;
}
