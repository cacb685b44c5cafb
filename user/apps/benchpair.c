/* user/apps/benchpair.c - what it costs to go to another address space and back; for
 * tools/bench, which runs app=benchpair+"benchpair partner" under -icount.
 *
 * Both yield to each other all the time; the first counts the instructions retired from
 * its ecall until it goes on, and leaves out those of user mode. */
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define ROUNDS               20
#define PARTNER_ROUNDS       2000
#define OWN_INSTRUCTIONS     2   /* the ecall, and the second reading itself     */
#define PARTNER_INSTRUCTIONS 4   /* a round of be_partner()                      */
#define ALONE_MAX            100 /* at most that much: nobody else was there     */

static uint64_t yield_cost(void) {
    uint64_t before, after;
    __asm__ volatile("li a7, %[number]\n"
                     "rdinstret s2\n"
                     "ecall\n"
                     "rdinstret s3\n"
                     "mv %[before], s2\n"
                     "mv %[after], s3\n"
                     : [before] "=&r"(before), [after] "=&r"(after)
                     : [number] "i"(SYS_thread_yield)
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0",
                       "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3");
    return after - before - OWN_INSTRUCTIONS - PARTNER_INSTRUCTIONS;
}

static void be_partner(void) {
    __asm__ volatile("li s2, %[rounds]\n"
                     "1: li a7, %[number]\n"
                     "ecall\n"
                     "addi s2, s2, -1\n"
                     "bnez s2, 1b\n"
                     :
                     : [number] "i"(SYS_thread_yield), [rounds] "i"(PARTNER_ROUNDS)
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0",
                       "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2");
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        be_partner();
        return 0;
    }
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t cost = yield_cost();
        if (cost < least)
            least = cost;
    }
    if (least <= ALONE_MAX)
        return 1;
    printf("bench: syscall yield_pair %lu.00\n", least);
    return 0;
}
