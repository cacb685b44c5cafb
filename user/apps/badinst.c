/* user/apps/badinst.c - executes an instruction that user mode may not, and is killed.
 * (rCore: priv_inst.)  Argument: `vector` for one of those, whose registers are not kept
 * apart between programs, so nobody may have them; otherwise sret, with `float` after one
 * that is allowed if the hart has floating point. */
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "sret";
    printf("badinst: executing %s, the kernel should kill me\n", what);
    if (strcmp(what, "float") == 0) {
        __asm__ volatile(".word 0xf2000053"); /* fmv.d.x ft0, zero */
        puts("badinst: floating point is on");
    }
    if (strcmp(what, "vector") == 0)
        __asm__ volatile(".word 0x000072d7" ::: "t0"); /* vsetvli t0, zero, e8, m1 */
    else
        __asm__ volatile("sret");
    puts("badinst: still alive, which is wrong");
    return 0;
}
