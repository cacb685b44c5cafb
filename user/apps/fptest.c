/* user/apps/fptest.c - floating point: each thread has registers of its own (TAP).
 *
 * Built for the extension D, as no other program is.  Run several at a time, on several
 * harts, so that somebody else computes in between. */
#include "kernel/abi/info.h"
#include "lib/string.h"
#include "user/lib/message.h"
#include "user/lib/server.h"
#include "user/lib/start.h"
#include "user/lib/stdlib.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define THREADS    3
#define TERMS      20000
#define SUM        0x3ffa5171f4e31786 /* of 1/n^2 to 1/20000^2: the bits */
#define TURNS      400000             /* more than a slice */
#define ROUNDS     20
#define CHILD_AT   0x10000
#define PAGE       4096
#define MANY_BYTES 65536
#define STACK      16384

struct bank {
    uint64_t f[32];
    uint64_t fcsr;
};

/* Load the registers from `in`, yield and then spin so often, store them to `out`. */
void bank_keep(const struct bank *in, struct bank *out, uint64_t nr_yields,
               uint64_t nr_turns);
/* Store the registers as they are. */
void bank_store(struct bank *out);
/* Load them, do an instruction that nobody may do, store them. */
void bank_break(const struct bank *in, struct bank *out);

__asm__(".text\n"
        ".macro bank op, base\n"
        "   .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
        "   \\op f\\n, 8 * \\n(\\base)\n"
        "   .endr\n"
        "   .irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
        "   \\op f\\n, 8 * \\n(\\base)\n"
        "   .endr\n"
        ".endm\n"
        ".globl bank_keep, bank_store, bank_break\n"
        "bank_keep:\n"
        "   addi sp, sp, -48\n"
        "   sd ra, 0(sp)\n"
        "   sd s0, 8(sp)\n"
        "   sd s1, 16(sp)\n"
        "   sd s2, 24(sp)\n"
        "   sd s3, 32(sp)\n"
        "   mv s0, a1\n"
        "   mv s1, a2\n"
        "   mv s2, a3\n"
        "   ld t0, 256(a0)\n"
        "   fscsr t0\n"
        "   bank fld, a0\n"
        "1: beqz s1, 2f\n"
        "   li a7, -2\n" /* thread_yield */
        "   ecall\n"
        "   addi s1, s1, -1\n"
        "   j 1b\n"
        "2: beqz s2, 3f\n"
        "   addi s2, s2, -1\n"
        "   j 2b\n"
        "3: bank fsd, s0\n"
        "   frcsr t0\n"
        "   sd t0, 256(s0)\n"
        "   ld ra, 0(sp)\n"
        "   ld s0, 8(sp)\n"
        "   ld s1, 16(sp)\n"
        "   ld s2, 24(sp)\n"
        "   ld s3, 32(sp)\n"
        "   addi sp, sp, 48\n"
        "   ret\n"
        "bank_break:\n"
        "   ld t0, 256(a0)\n"
        "   fscsr t0\n"
        "   bank fld, a0\n"
        "   sret\n"
        "   mv a0, a1\n"
        "bank_store:\n"
        "   bank fsd, a0\n"
        "   frcsr t0\n"
        "   sd t0, 256(a0)\n"
        "   ret\n");

static struct bank first_seen[THREADS];
static uint64_t nr_wrong[THREADS], nr_sums_wrong[THREADS];
static handle_t done;

/* Another pattern for each; the rounding mode is different too. */
static void bank_fill(struct bank *bank, uint64_t who) {
    for (uint64_t n = 0; n < 32; n++)
        bank->f[n] = 0x0123456789abcdef * (who + 1) + n;
    bank->fcsr = who % 5 << 5 | 1 << who % 5;
}

/* The same operations in the same order give the same bits, whoever is in between. */
static uint64_t sum(void) {
    double total = 0;
    for (int n = 1; n <= TERMS; n++) {
        double x = n;
        total += 1 / (x * x);
        if (n % 1000 == 0)
            (void)!thread_yield();
    }
    uint64_t bits;
    memcpy(&bits, &total, sizeof(bits));
    return bits;
}

static void compute(uint64_t who) {
    struct bank mine, out;
    const struct bank zero = {0};
    bank_store(&first_seen[who]); /* its very first instructions of that kind */
    bank_fill(&mine, who);
    for (uint64_t i = 0; i < ROUNDS; i++) {
        memset(&out, 0, sizeof(out));
        bank_keep(&mine, &out, i % 4, i % 3 * TURNS);
        nr_wrong[who] += memcmp(&mine, &out, sizeof(out)) != 0;
    }
    bank_keep(&zero, &out, 0, 0); /* to the nearest, as C has it */
    for (int i = 0; i < 3; i++)
        nr_sums_wrong[who] += sum() != SUM;
}

static void compute_and_exit(uint64_t who) {
    compute(who);
    (void)!notification_signal(done, 1u << who);
    (void)!thread_exit();
}

static uint64_t heap_bytes_of(handle_t process) {
    struct process_info info = {0};
    (void)!process_inspect(process, &info);
    return info.heap_bytes;
}

static bool is_zero(const struct bank *bank) {
    static const struct bank zero;
    return memcmp(bank, &zero, sizeof(zero)) == 0;
}

static void test_threads(void) {
    uint64_t handle, bits, seen = 0;
    struct bank mine;
    (void)!notification_create(&handle);
    done = (handle_t)handle;
    uint64_t before = heap_bytes_of(own_process);
    bank_store(&first_seen[0]);
    tap_check(is_zero(&first_seen[0]), "a program begins with zeroes");
    tap_check(heap_bytes_of(own_process) > before, "and pays for its registers");
    bank_fill(&mine, THREADS);
    bank_keep(&mine, &mine, 0, 0); /* for a new thread to find, if it could */
    for (uint64_t who = 1; who < THREADS; who++)
        tap_status(thread_start(compute_and_exit, who), OK, "a thread to compute");
    compute(0);
    while (seen != (1u << THREADS) - 2 && notification_wait(done, &bits) == OK)
        seen |= bits;
    for (int who = 0; who < THREADS; who++) {
        tap_check(is_zero(&first_seen[who]) || who == 0, "thread %d: zeroes at first",
                  who);
        tap_check(nr_wrong[who] == 0,
                  "thread %d: all registers survive (%lu times one did not)", who,
                  nr_wrong[who]);
        tap_check(nr_sums_wrong[who] == 0, "thread %d: its sums are right", who);
    }
}

/* ---- an illegal instruction that its handler skips ---- */

static struct bank broken;

static void break_and_exit(uint64_t unused) {
    (void)unused;
    struct bank mine;
    bank_fill(&mine, 1);
    bank_break(&mine, &broken);
    bank_break(&mine, &broken);
    (void)!notification_signal(done, 1);
    (void)!thread_exit();
}

static void test_illegal(void) {
    uint64_t endpoint, gate, thread, bits;
    struct bank wanted;
    struct thread_registers registers;
    char *stack = malloc(STACK);
    (void)!endpoint_create(&endpoint);
    (void)!gate_create((handle_t)endpoint, 0, &gate);
    (void)!thread_create(own_process, (uintptr_t)break_and_exit,
                         (uintptr_t)(stack + STACK), 0, &thread);
    tap_status(thread_set_handlers((handle_t)thread, (handle_t)gate, 0), OK,
               "a handler for what is illegal");
    (void)!thread_resume((handle_t)thread);
    for (int i = 0; i < 2; i++) {
        struct message m = {0};
        status_t st = message_receive((handle_t)endpoint, &m);
        tap_check(st == OK && m.words[0] == FAULT_ILLEGAL, "is told of it");
        (void)!thread_read_registers((handle_t)thread, &registers);
        registers.x[REGISTER_PC] += 4;
        (void)!thread_write_registers((handle_t)thread, &registers);
        m.tag = 0;
        (void)!message_reply(m.token, &m);
    }
    (void)!notification_wait(done, &bits);
    bank_fill(&wanted, 1);
    tap_check(memcmp(&wanted, &broken, sizeof(wanted)) == 0, "the registers survive it");
}

/* ---- a process that cannot pay ---- */

extern const char child_start[], child_end[];
__asm__(".pushsection .rodata\n"
        "child_start:\n"
        "    fmv.d.x f1, a0\n"
        "    fmv.x.d a0, f1\n"
        "    li      a7, -1\n" /* process_exit */
        "    ecall\n"
        "child_end:\n"
        ".popsection\n");

/* How it ends with that much of the kernel's heap; `*used` is what it began with. */
static status_t run_child(uint64_t max_heap, uint64_t *used, uint64_t *code) {
    uint64_t child, memory, nr_done, thread;
    status_t st = process_create("floating", 8, 40, max_heap, &child);
    if (st != OK)
        return st;
    (void)!memory_create((handle_t)child, PAGE, 0, &memory);
    (void)!process_map((handle_t)child, (handle_t)memory, CHILD_AT, 0, PAGE,
                       MAP_READ | MAP_WRITE, &nr_done);
    (void)!process_write((handle_t)child, CHILD_AT, child_start,
                         (size_t)(child_end - child_start), &nr_done);
    (void)!process_protect((handle_t)child, CHILD_AT, PAGE, MAP_READ | MAP_EXECUTE,
                           &nr_done);
    (void)!thread_create((handle_t)child, CHILD_AT, 0, 42, &thread);
    *used = heap_bytes_of((handle_t)child);
    (void)!process_watch((handle_t)child, done, 1);
    st = thread_resume((handle_t)thread);
    uint64_t bits;
    if (st == OK)
        (void)!notification_wait(done, &bits);
    st = process_result((handle_t)child, code);
    (void)!handle_close((handle_t)thread);
    (void)!handle_close((handle_t)memory);
    (void)!handle_close((handle_t)child);
    return st;
}

static void test_quota(void) {
    uint64_t used = 0, code = 0;
    status_t st = run_child(MANY_BYTES, &used, &code);
    tap_check(st == OK && code == 42, "a child with quota enough computes");
    tap_status(run_child(used + 64, &used, &code), ERR_KILLED, "one without is killed");
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    tap_plan(19);
    test_threads();
    test_illegal();
    test_quota();
    return tap_end();
}
