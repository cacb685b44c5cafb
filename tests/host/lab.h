/* tests/host/lab.h - what a lab's host program does with its arguments: run one test.
 *
 *     lab-buddy TEST   runs that test of the lab's list in TAP, and if all is well ends
 *                      with `passed TEST NONCE`; NONCE comes by the environment variable
 *                      LAB_NONCE, so that a line printed elsewhere does not count.
 *
 * One process for each test: one that crashes or hangs costs nobody else's points. */
#pragma once

#include "tests/host/support.h"

static inline int lab_main(const struct CMUnitTest *tests, size_t nr_tests, int argc,
                           char **argv) {
    for (size_t i = 0; argc == 2 && i < nr_tests; i++) {
        if (strcmp(tests[i].name, argv[1]) != 0)
            continue;
        int nr_failed = _cmocka_run_group_tests("lab", &tests[i], 1, NULL, NULL);
        const char *nonce = getenv("LAB_NONCE");
        if (nr_failed == 0)
            printf("passed %s %s\n", argv[1], nonce ? nonce : "");
        return nr_failed != 0;
    }
    fprintf(stderr, "usage: %s TEST, one of:\n", argv[0]);
    for (size_t i = 0; i < nr_tests; i++)
        fprintf(stderr, "  %s\n", tests[i].name);
    return 2;
}

#define LAB_MAIN(tests, argc, argv) lab_main(tests, ARRAY_SIZE(tests), argc, argv)

/* A test by the name that lab.json gives it. */
#define LAB_TEST(name, function)                                                         \
    { #name, function, NULL, NULL, NULL }
