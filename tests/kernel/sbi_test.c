/* tests/kernel/sbi_test.c - calls into the firmware that boot itself does not make, and
 * wrong ones: whatever it lacks, it says so. */
#include "boot/sbi.h"
#include "kernel/smp.h"
#include "tests/kernel/selftest.h"

#define NO_HART ((uint64_t)1 << 40) /* no machine has so many */

static long expected_of(enum sbi_extension extension) {
    return sbi_has(extension) ? 0 : SBI_ERR_NOT_SUPPORTED;
}

SELFTEST("sbi_fences", sbi_fences) {
    for (uint32_t i = 0; i < nr_harts; i++) {
        if (!harts[i].is_online)
            continue;
        CHECK_EQUAL(sbi_remote_fence_i(1, harts[i].id), expected_of(SBI_RFENCE),
                    "every hart that runs can be told of new code");
        CHECK_EQUAL(sbi_remote_sfence_vma(1, harts[i].id, 0, UINT64_MAX),
                    expected_of(SBI_RFENCE), "and of a new page table");
    }
}

SELFTEST("sbi_wrong_hart", sbi_wrong_hart) {
    CHECK(sbi_hart_start(harts[0].id, 0x80200000, 0) < 0,
          "a hart that runs cannot start");
    CHECK(sbi_hart_start(NO_HART, 0x80200000, 0) < 0, "one that is not there cannot");
}
