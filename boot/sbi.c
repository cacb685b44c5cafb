/* boot/sbi.c - see sbi.h.
 *
 * Callers: main.c, log.c, timer.c, harts.c, smp.c, power.c.   Context: any. */
#include "boot/sbi.h"

/* Extension numbers: SBI 2.0, chapters 4 to 12. */
enum {
    EID_LEGACY_SET_TIMER = 0x00,
    EID_LEGACY_PUTCHAR = 0x01,
    EID_LEGACY_SHUTDOWN = 0x08,
    EID_BASE = 0x10,
};

enum { BASE_SPEC_VERSION, BASE_IMPL_ID, BASE_IMPL_VERSION, BASE_PROBE };

static const uint64_t extension_ids[SBI_NR_EXTENSIONS] = {
    [SBI_TIME] = 0x54494d45, [SBI_IPI] = 0x735049,    [SBI_RFENCE] = 0x52464e43,
    [SBI_HSM] = 0x48534d,    [SBI_SRST] = 0x53525354, [SBI_DBCN] = 0x4442434e,
};

/* (c) after sbi_init() */
static uint32_t extensions; /* bit e: sbi_has(e) */
struct sbi_version sbi_version = {.minor = 1};

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

static struct sbi_result sbi_base(uint64_t function, uint64_t argument) {
    return sbi_call(EID_BASE, function, argument, 0, 0, 0);
}

void sbi_init(void) {
    struct sbi_result spec = sbi_base(BASE_SPEC_VERSION, 0);
    if (spec.error != 0)
        return; /* SBI 0.1: legacy calls only */
    sbi_version.major = spec.value >> 24 & 0x7f;
    sbi_version.minor = spec.value & 0xffffff;
    sbi_version.implementation = sbi_base(BASE_IMPL_ID, 0).value;
    sbi_version.implementation_version = sbi_base(BASE_IMPL_VERSION, 0).value;
    for (unsigned e = 0; e < SBI_NR_EXTENSIONS; e++) {
        struct sbi_result probe = sbi_base(BASE_PROBE, extension_ids[e]);
        if (probe.error == 0 && probe.value != 0)
            extensions |= 1u << e;
    }
}

bool sbi_has(enum sbi_extension extension) {
    return extensions >> extension & 1;
}

void sbi_console_putchar(char c) {
    if (sbi_has(SBI_DBCN)) /* function 2 takes the byte itself: no address to translate */
        sbi_call(extension_ids[SBI_DBCN], 2, (uint8_t)c, 0, 0, 0);
    else
        sbi_call(EID_LEGACY_PUTCHAR, 0, (uint8_t)c, 0, 0, 0);
}

void sbi_set_timer(uint64_t ticks) {
    uint64_t extension =
        sbi_has(SBI_TIME) ? extension_ids[SBI_TIME] : EID_LEGACY_SET_TIMER;
    sbi_call(extension, 0, ticks, 0, 0, 0);
}

/* A call of an extension that may not be there. */
static long sbi_try(enum sbi_extension extension, uint64_t function, uint64_t arg0,
                    uint64_t arg1, uint64_t arg2, uint64_t arg3) {
    if (!sbi_has(extension))
        return SBI_ERR_NOT_SUPPORTED;
    return sbi_call(extension_ids[extension], function, arg0, arg1, arg2, arg3).error;
}

long sbi_hart_start(uint64_t hart_id, uint64_t start_physical, uint64_t argument) {
    return sbi_try(SBI_HSM, 0, hart_id, start_physical, argument, 0);
}

long sbi_send_ipi(uint64_t hart_id) {
    return sbi_try(SBI_IPI, 0, 1, hart_id, 0, 0);
}

long sbi_remote_fence_i(uint64_t mask, uint64_t mask_base) {
    return sbi_try(SBI_RFENCE, 0, mask, mask_base, 0, 0);
}

long sbi_remote_sfence_vma(uint64_t mask, uint64_t mask_base, uint64_t start,
                           uint64_t nr_bytes) {
    return sbi_try(SBI_RFENCE, 1, mask, mask_base, start, nr_bytes);
}

void sbi_shutdown(void) {
    if (sbi_has(SBI_SRST))
        sbi_call(extension_ids[SBI_SRST], 0, 0, 0, 0, 0); /* type: shutdown, no reason */
    sbi_call(EID_LEGACY_SHUTDOWN, 0, 0, 0, 0, 0);
}
