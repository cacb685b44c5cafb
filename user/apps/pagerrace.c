/* user/apps/pagerrace.c - no thread sees a page that the pager has not filled yet (TAP).
 *
 * Two threads touch the same page of data, the second a little later on each page than on
 * the one before, so that it comes while that page is filled for the first.  Needs the
 * pager, as pagertest does.  With one hart it cannot fail, for the pager is more urgent
 * than both threads. */
#include "user/lib/server.h"
#include "user/lib/syscall.h"
#include "user/lib/tap.h"

#define PAGES  32
#define WORDS  512 /* of a page */
#define WORD   6   /* the last of each page; the others are zero */
#define ROUNDS ((uint64_t)200)

static volatile uint64_t pages[PAGES][WORDS] __attribute__((aligned(4096))) = {
    [0 ... PAGES - 1] = {[WORDS - 1] = WORD},
};

static volatile uint64_t nr_begun, nr_read; /* pages: by the first, by both */
static volatile size_t nr_wrong;            /* of the second's reads */

static void follow(uint64_t unused) {
    (void)unused;
    for (uint64_t i = 0; i < PAGES; i++) {
        while (nr_begun <= i)
            (void)!thread_yield();
        for (volatile uint64_t round = i * ROUNDS; round > 0; round--)
            ;
        nr_wrong += pages[i][WORDS - 1] != WORD;
        nr_read = i + 1;
    }
    (void)!thread_exit();
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    size_t nr_own_wrong = 0;
    tap_plan(2);
    status_t st = thread_start(follow, 0);
    tap_status(st, OK, "another thread");
    for (uint64_t i = 0; st == OK && i < PAGES; i++) {
        nr_begun = i + 1;
        nr_own_wrong += pages[i][WORDS - 1] != WORD;
        while (nr_read <= i)
            (void)!thread_yield();
    }
    tap_check(st == OK && nr_own_wrong == 0 && nr_wrong == 0,
              "no page is seen before it is filled, but %zu and %zu", nr_own_wrong,
              nr_wrong);
    return tap_end();
}
