/* user/apps/regtest.c - which registers survive what (TAP).
 *
 * Native calls: sp, gp, tp and s0 to s11; the others are results or zero.  Foreign calls:
 * all but a0.  The timer: all of them.  Run beside another program
 * (app="regtest+spinner x"), so that somebody else uses the registers in between. */
#include "lib/status.h"
#include "lib/string.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define REGISTERS  32
#define SPIN_TURNS 2000000
#define SPIN_NS    60000000 /* in which the timer fires several times */

enum mode { MODE_CALL, MODE_SPIN_T6, MODE_SPIN_S11 };
enum { X_SP = 2, X_GP = 3, X_TP = 4, X_S0 = 8, X_S1 = 9, X_A0 = 10, X_A1 = 11 };
enum { X_A7 = 17, X_S2 = 18, X_S11 = 27, X_T6 = 31 };

struct area {
    uint64_t in[REGISTERS];    /* loaded before */
    uint64_t out[REGISTERS];   /* stored after */
    uint64_t saved[REGISTERS]; /* of the C code */
};

/* Load every register but sp from area->in, make a call or spin until the register that
 * the mode names is 0, and store every register to area->out.  Meanwhile sp is `area`. */
void registers_run(struct area *area, enum mode mode);

__asm__(".text\n"
        ".globl registers_run\n"
        "registers_run:\n"
        "   .irp n, 1, 2, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27\n"
        "   sd x\\n, 512 + 8 * \\n(a0)\n"
        "   .endr\n"
        "   mv sp, a0\n"
        "   addi a1, a1, -1\n"
        "   beqz a1, 2f\n"
        "   bgtz a1, 3f\n"
        "   .macro load_all\n"
        "   .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20\n"
        "   ld x\\n, 8 * \\n(sp)\n"
        "   .endr\n"
        "   .irp n, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
        "   ld x\\n, 8 * \\n(sp)\n"
        "   .endr\n"
        "   .endm\n"
        "   load_all\n"
        "   ecall\n"
        "   j 4f\n"
        "2: load_all\n"
        "5: addi t6, t6, -1\n"
        "   bnez t6, 5b\n"
        "   j 4f\n"
        "3: load_all\n"
        "6: addi s11, s11, -1\n"
        "   bnez s11, 6b\n"
        "4: .irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19\n"
        "   sd x\\n, 256 + 8 * \\n(sp)\n"
        "   .endr\n"
        "   .irp n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
        "   sd x\\n, 256 + 8 * \\n(sp)\n"
        "   .endr\n"
        "   .irp n, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27\n"
        "   ld x\\n, 512 + 8 * \\n(sp)\n"
        "   .endr\n"
        "   ld sp, 512 + 16(sp)\n"
        "   ret\n");

static struct area area;

static void area_fill(void) {
    for (uint64_t n = 1; n < REGISTERS; n++)
        area.in[n] = 0x0101010101010101ull * n + 0xabcd000000000000ull;
    area.in[X_SP] = (uintptr_t)&area;
    memset(area.out, 0xee, sizeof(area.out));
}

static bool survives_native(unsigned n) {
    return (n >= X_SP && n <= X_TP) || n == X_S0 || n == X_S1 ||
           (n >= X_S2 && n <= X_S11);
}

/* 0 if every register came back as it went in, but `except`; else the first that did
 * not. */
static unsigned first_changed(unsigned except) {
    for (unsigned n = 1; n < REGISTERS; n++)
        if (n != except && area.out[n] != area.in[n])
            return n;
    return 0;
}

static void test_native(int64_t number, uint64_t arg0, status_t wanted,
                        const char *name) {
    area_fill();
    area.in[X_A7] = (uint64_t)number;
    area.in[X_A0] = arg0;
    registers_run(&area, MODE_CALL);
    unsigned lost = 0, leaked = 0;
    for (unsigned n = 1; n < REGISTERS; n++) {
        if (survives_native(n) && area.out[n] != area.in[n])
            lost = n;
        else if (!survives_native(n) && n != X_A0 && n != X_A1 && area.out[n] != 0)
            leaked = n;
    }
    tap_status((status_t)area.out[X_A0], wanted, name);
    tap_check(lost == 0, "%s: sp gp tp s0-s11 survive (x%u)", name, lost);
    tap_check(leaked == 0, "%s: the others are zero (x%u)", name, leaked);
}

static void test_foreign(uint64_t number) {
    area_fill();
    area.in[X_A7] = number;
    registers_run(&area, MODE_CALL);
    unsigned changed = first_changed(X_A0);
    tap_check(changed == 0, "foreign call %lu: all but a0 survive (x%u)", number,
              changed);
    tap_status((status_t)area.out[X_A0], ERR_NO_SYSCALL, "foreign call: a0 says no");
}

static void test_spin(enum mode mode, unsigned counter) {
    unsigned changed = 0;
    uint64_t now_ns, end_ns;
    (void)!clock_read(&now_ns);
    end_ns = now_ns + SPIN_NS;
    while (now_ns < end_ns && changed == 0) {
        area_fill();
        area.in[counter] = SPIN_TURNS;
        registers_run(&area, mode);
        changed = first_changed(counter);
        (void)!clock_read(&now_ns);
    }
    tap_check(changed == 0 && area.out[counter] == 0,
              "the timer: all but x%u, which counts, survive (x%u)", counter, changed);
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    uint64_t now_ns;
    tap_plan(19);
    test_native(SYS_thread_yield, 1, OK, "thread_yield");
    test_native(SYS_heap_stats, 0, ERR_HANDLE, "a refused handle");
    test_native(SYS_clock_read, 1, OK, "clock_read");
    test_native(-126, 1, ERR_NO_SYSCALL, "a number that is not given");
    (void)!clock_read(&now_ns);
    test_native(SYS_thread_sleep, now_ns + 5000000, OK, "thread_sleep");
    test_foreign(0);
    test_spin(MODE_SPIN_T6, X_T6);
    test_spin(MODE_SPIN_S11, X_S11);
    return tap_end();
}
