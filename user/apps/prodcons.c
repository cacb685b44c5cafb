/* user/apps/prodcons.c - a producer and a consumer: shared memory for the goods, two
 * notifications for the news.
 *
 * The ring has one writer of `nr_made` and one of `nr_taken`, so it needs no lock; the
 * notifications only say that it is worth looking again.  Bits that are signalled twice
 * before somebody looks count once: that is why the numbers are in the ring, not in
 * them. */
#include "lib/compiler.h"
#include "user/lib/server.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"
#include <stdatomic.h>

#define GOODS  1000
#define PLACES 8 /* fewer than goods, so that each has to wait for the other */

static struct {
    uint64_t goods[PLACES];
    _Atomic uint64_t nr_made;  /* by the producer alone */
    _Atomic uint64_t nr_taken; /* by the consumer alone */
} ring;

static handle_t something; /* there is something to take */
static handle_t room;      /* there is room to put more  */

static handle_t notification_new(void) {
    uint64_t handle;
    return notification_create(&handle) == OK ? (handle_t)handle : 0;
}

/* Wait for news; with a wrong handle there would never be any. */
static void wait_for(handle_t notification) {
    uint64_t bits;
    if (notification_wait(notification, &bits) != OK)
        (void)!process_exit(1);
}

static void produce(uint64_t nr_goods) {
    for (uint64_t n = 0; n < nr_goods; n++) {
        while (n - ring.nr_taken == PLACES)
            wait_for(room);
        ring.goods[n % PLACES] = n * n;
        ring.nr_made = n + 1;
        (void)!notification_signal(something, 1);
    }
    (void)!thread_exit();
}

static uint64_t consume(void) {
    uint64_t nr_right = 0;
    for (uint64_t n = 0; n < GOODS; n++) {
        while (ring.nr_made == n)
            wait_for(something);
        nr_right += ring.goods[n % PLACES] == n * n;
        ring.nr_taken = n + 1;
        (void)!notification_signal(room, 1);
    }
    return nr_right;
}

int main(int argc, char **argv) {
    (void)argc, (void)argv;
    something = notification_new();
    room = notification_new();
    if (thread_start(produce, GOODS) != OK)
        return 1;
    uint64_t nr_right = consume();
    printf("consumer: %lu of %d goods have come, each as it was made\n", nr_right, GOODS);
    return nr_right == GOODS ? 0 : 1;
}
