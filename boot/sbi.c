/* boot/sbi.c - see sbi.h.
 *
 * A firmware that lacks an extension refuses its calls; so nothing need be found out
 * beforehand.
 * Callers: main.c, log.c, timer.c, smp.c, power.c.   Context: any. */
#include "boot/sbi.h"

/* The extensions that are one function, of SBI 0.1: SBI 2.0, chapter 5. */
enum { LEGACY_SET_TIMER = 0, LEGACY_PUTCHAR = 1, LEGACY_SHUTDOWN = 8 };

struct sbi_result {
    long error;
    uint64_t value;
};

static struct sbi_result sbi_call(uint64_t extension, uint64_t function, uint64_t arg0,
                                  uint64_t arg1, uint64_t arg2, uint64_t arg3) {
    register uint64_t a0 __asm__("a0") = arg0;
    register uint64_t a1 __asm__("a1") = arg1;
    register uint64_t a2 __asm__("a2") = arg2;
    register uint64_t a3 __asm__("a3") = arg3;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = extension;
    __asm__ volatile("ecall"
                     : "+r"(a0), "+r"(a1)
                     : "r"(a2), "r"(a3), "r"(a6), "r"(a7)
                     : "memory");
    return (struct sbi_result){.error = (long)a0, .value = a1};
}

uint64_t sbi_ask(enum sbi_question question, uint64_t argument) {
    struct sbi_result answer = sbi_call(SBI_BASE, question, argument, 0, 0, 0);
    return answer.error == 0 ? answer.value : 0;
}

bool sbi_has(enum sbi_extension extension) {
    return sbi_ask(SBI_PROBE, extension) != 0;
}

void sbi_console_putchar(char c) {
    static bool is_legacy; /* the better console has refused once */
    if (!is_legacy)        /* function 2 takes the byte itself: no address to translate */
        is_legacy = sbi_call(SBI_DBCN, 2, (uint8_t)c, 0, 0, 0).error != 0;
    if (is_legacy)
        sbi_call(LEGACY_PUTCHAR, 0, (uint8_t)c, 0, 0, 0);
}

void sbi_set_timer(uint64_t ticks) {
    if (sbi_call(SBI_TIME, 0, ticks, 0, 0, 0).error != 0)
        sbi_call(LEGACY_SET_TIMER, 0, ticks, 0, 0, 0);
}

long sbi_hart_start(uint64_t hart_id, uint64_t start_physical, uint64_t argument) {
    return sbi_call(SBI_HSM, 0, hart_id, start_physical, argument, 0).error;
}

long sbi_send_ipi(uint64_t hart_id) {
    return sbi_call(SBI_IPI, 0, 1, hart_id, 0, 0).error;
}

long sbi_remote_fence_i(uint64_t mask, uint64_t mask_base) {
    return sbi_call(SBI_RFENCE, 0, mask, mask_base, 0, 0).error;
}

long sbi_remote_sfence_vma(uint64_t mask, uint64_t mask_base, uint64_t start,
                           uint64_t nr_bytes) {
    return sbi_call(SBI_RFENCE, 1, mask, mask_base, start, nr_bytes).error;
}

void sbi_shutdown(void) {
    sbi_call(SBI_SRST, 0, 0, 0, 0, 0); /* type: shutdown, no reason */
    sbi_call(LEGACY_SHUTDOWN, 0, 0, 0, 0, 0);
}
