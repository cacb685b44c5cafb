/* tests/kernel/fail_test.c - tests that fail, on purpose: `test=fail_*`.
 *
 * They show that the kernel's own checks around a test work; `test=*` leaves them out. */
#include "mm/frame.h"
#include "mm/heap.h"
#include "tests/kernel/selftest.h"
#include "tests/kernel/team.h"

SELFTEST("fail_check", fail_check) {
    CHECK_EQUAL(1 + 1, 3, "one and one is three");
}

SELFTEST("fail_heap_leak", fail_heap_leak) {
    CHECK(kmalloc(24) != NULL, "a block can be had");
}

SELFTEST("fail_frame_leak", fail_frame_leak) {
    paddr_t frame;
    CHECK(frame_alloc(&frame) == OK, "a frame can be had");
}

SELFTEST("fail_process_left", fail_process_left) {
    struct team team;
    CHECK_EQUAL(team_create(&team), OK, "there are threads");
    CHECK(team.process == NULL, "and they are left behind");
}
