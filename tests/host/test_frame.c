/* tests/host/test_frame.c - mm/frame.c: holes, runs, references, exhaustion.
 *
 * Not here: ranges that are of no use (test_frame_bank.c). */
#include "mm/frame.h"

#include "lib/bits.h"
#include "mm/heap.h"
#include "tests/host/memory.h"

#define FRAMES_MAX (MEMORY_BYTES / PAGE_SIZE)

static int set_up_bank(void **state) {
    memory_set_up(state);
    static struct range_set usable;
    usable = set_of(at(0, MEMORY_BYTES));
    frame_init(&usable, &usable);
    return 0;
}

/* ---- banks ---- */

static void test_empty(void **state) {
    (void)state;
    paddr_t frame = {77};
    ASSERT_STATUS(frame_alloc(&frame), ERR_NO_MEMORY);
    assert_int_equal(frame.raw, 77);
    ASSERT_STATUS(frame_free(paddr(base)), ERR_FOREIGN);
    assert_int_equal(frame_references(paddr(base)), 0);
    assert_int_equal(nr_free_frames(), 0);
}

/* Only what is usable is handed out, and none of it twice. */
static void test_holes(void **state) {
    (void)state;
    static bool is_taken[FRAMES_MAX];
    memset(is_taken, 0, sizeof(is_taken));
    struct range_set usable = {0};
    ASSERT_OK(range_set_add(&usable, at(0, 5)));
    ASSERT_OK(range_set_add(&usable, at(PAGE_SIZE + 1, 20 * PAGE_SIZE + 7)));
    ASSERT_OK(range_set_add(&usable, at(MIB, 3 * MIB)));
    ASSERT_OK(range_set_add(&usable, at(5 * MIB + 64, 6 * MIB)));
    frame_init(&usable, &usable);
    memset(arena.start, 0x11, PAGE_SIZE);
    paddr_t frame;
    size_t nr_frames = 0;
    while (frame_alloc(&frame) == OK) {
        assert_true(is_aligned(frame.raw, PAGE_SIZE));
        bool is_usable = false;
        for (size_t i = 0; i < usable.nr_ranges; i++)
            is_usable |= frame.raw >= usable.ranges[i].start &&
                         frame.raw + PAGE_SIZE <= usable.ranges[i].end;
        assert_true(is_usable);
        size_t number = (frame.raw - base) / PAGE_SIZE;
        assert_false(is_taken[number]);
        is_taken[number] = true;
        frame_zero(frame);
        nr_frames++;
    }
    assert_true(nr_frames > 512 + 256 - 10);
    ASSERT_SOUND(frame_check());
    for (size_t i = 0; i < FRAMES_MAX; i++)
        if (is_taken[i])
            ASSERT_OK(frame_free(paddr(base + i * PAGE_SIZE)));
    assert_int_equal(nr_free_frames(), nr_frames);
}

/* A bank that ends inside a page has no frame there, nor a count for it. */
static void test_bank_ends_inside_a_page(void **state) {
    (void)state;
    const size_t end = 4 * MIB + 100; /* 1,024 counts fill their page exactly */
    struct range_set usable = set_of(at(0, end));
    frame_init(&usable, &usable);
    paddr_t partial = paddr(base + 4 * MIB), frame;
    while (frame_alloc(&frame) == OK)
        memset(phys_to_virt(frame), 0xff, PAGE_SIZE);
    assert_int_equal(frame_references(partial), 0);
    assert_int_not_equal(frame_share(partial), OK);
    assert_int_not_equal(frame_free(partial), OK);
}

/* ---- references ---- */

static void test_share(void **state) {
    (void)state;
    size_t before = nr_free_frames();
    paddr_t frame;
    ASSERT_OK(frame_alloc(&frame));
    assert_int_equal(frame_references(frame), 1);
    for (uint32_t count = 2; count < 50; count++) {
        ASSERT_OK(frame_share(frame));
        assert_int_equal(frame_references(frame), count);
    }
    for (uint32_t count = 48; count > 0; count--) {
        ASSERT_OK(frame_free(frame));
        assert_int_equal(frame_references(frame), count);
        assert_int_equal(nr_free_frames(), before - 1);
    }
    ASSERT_OK(frame_free(frame));
    assert_int_equal(frame_references(frame), 0);
    assert_int_equal(nr_free_frames(), before);
    ASSERT_STATUS(frame_free(frame), ERR_DOUBLE_FREE);
    ASSERT_STATUS(frame_share(frame), ERR_DOUBLE_FREE);
}

static void dealloc(void *frame) {
    frame_dealloc(paddr((uintptr_t)frame));
}

static void test_wrong_frames(void **state) {
    (void)state;
    paddr_t frame;
    ASSERT_OK(frame_alloc(&frame));
    size_t before = nr_free_frames();
    const uint64_t foreign[] = {
        0, 4096, UINT64_MAX, base - PAGE_SIZE, base + MEMORY_BYTES, (uint64_t)1 << 56};
    for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
        ASSERT_STATUS(frame_free(paddr(foreign[i])), ERR_FOREIGN);
        ASSERT_STATUS(frame_share(paddr(foreign[i])), ERR_FOREIGN);
        assert_int_equal(frame_references(paddr(foreign[i])), 0);
    }
    for (size_t odd = 1; odd < PAGE_SIZE; odd *= 2) {
        ASSERT_STATUS(frame_free(paddr(frame.raw + odd)), ERR_MISALIGNED);
        ASSERT_STATUS(frame_share(paddr(frame.raw + odd)), ERR_MISALIGNED);
    }
    char text[64];
    snprintf(text, sizeof(text), "ppn=%#lx has not been allocated!", base >> PAGE_SHIFT);
    expect_panic(dealloc, (void *)(uintptr_t)base, text); /* the counts' own frame */
    assert_int_equal(nr_free_frames(), before);
    frame_dealloc(frame);
}

/* ---- runs ---- */

static void test_run_arguments(void **state) {
    (void)state;
    paddr_t run = {77};
    size_t before = nr_free_frames();
    ASSERT_STATUS(frame_alloc_run(0, 1, &run), ERR_INVALID);
    ASSERT_STATUS(frame_alloc_run(1, 3, &run), ERR_INVALID);
    ASSERT_STATUS(frame_alloc_run(1, SIZE_MAX, &run), ERR_INVALID);
    const size_t huge[] = {FRAMES_MAX, SIZE_MAX, SIZE_MAX / PAGE_SIZE + 2,
                           (size_t)1 << 52};
    for (size_t i = 0; i < ARRAY_SIZE(huge); i++)
        ASSERT_STATUS(frame_alloc_run(huge[i], 0, &run), ERR_NO_MEMORY);
    for (unsigned log = 11; log < 64; log++)
        ASSERT_STATUS(frame_alloc_run(1024, (size_t)1 << log, &run), ERR_NO_MEMORY);
    assert_int_equal(run.raw, 77);
    assert_int_equal(nr_free_frames(), before);
}

/* Nothing is rounded up, and each frame of a run has its own count. */
static void test_runs(void **state) {
    (void)state;
    for (size_t nr_frames = 1; nr_frames <= 600; nr_frames += 1 + nr_frames / 9)
        for (size_t align = 0; align <= 256; align = align ? align * 4 : 1) {
            size_t before = nr_free_frames();
            paddr_t run;
            ASSERT_OK(frame_alloc_run(nr_frames, align, &run));
            assert_true(is_aligned(run.raw, (align ? align : 1) * PAGE_SIZE));
            assert_int_equal(nr_free_frames(), before - nr_frames);
            for (size_t i = 0; i < nr_frames; i++)
                assert_int_equal(frame_references(paddr(run.raw + i * PAGE_SIZE)), 1);
            if (align == 0) {
                ASSERT_OK(frame_free_run(run, nr_frames));
            } else {
                for (size_t i = nr_frames; i-- > 0;)
                    ASSERT_OK(frame_free(paddr(run.raw + i * PAGE_SIZE)));
            }
            assert_int_equal(nr_free_frames(), before);
            ASSERT_SOUND(frame_check());
        }
}

/* A run is dropped as a whole or not at all; frames that are shared stay. */
static void test_free_run(void **state) {
    (void)state;
    paddr_t run;
    size_t before = nr_free_frames();
    ASSERT_OK(frame_alloc_run(10, 1, &run));
    for (size_t i = 0; i < 10; i += 3)
        ASSERT_OK(frame_share(paddr(run.raw + i * PAGE_SIZE)));
    ASSERT_OK(frame_free(paddr(run.raw + 5 * PAGE_SIZE)));
    ASSERT_STATUS(frame_free_run(run, 10), ERR_DOUBLE_FREE);
    ASSERT_STATUS(frame_free_run(paddr(run.raw + 1), 2), ERR_MISALIGNED);
    ASSERT_STATUS(frame_free_run(paddr(base - PAGE_SIZE), 2), ERR_FOREIGN);
    assert_int_not_equal(frame_free_run(run, SIZE_MAX), OK);
    ASSERT_STATUS(frame_free_run(paddr(base + MEMORY_BYTES), 0), ERR_FOREIGN);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(frame_references(paddr(run.raw + i * PAGE_SIZE)), i == 5 ? 0
                                                                           : i % 3 == 0
                                                                               ? 2
                                                                               : 1);
    ASSERT_OK(frame_free_run(run, 5));
    ASSERT_OK(frame_free_run(paddr(run.raw + 6 * PAGE_SIZE), 4));
    assert_int_equal(nr_free_frames(), before - 4);
    for (size_t i = 0; i < 10; i += 3)
        ASSERT_OK(frame_free(paddr(run.raw + i * PAGE_SIZE)));
    assert_int_equal(nr_free_frames(), before);
}

/* ---- everything at once ---- */

/* Leave n frames free, for each n: what needs more fails and loses nothing. */
static void test_fail_the_nth(void **state) {
    (void)state;
    static paddr_t taken[FRAMES_MAX];
    size_t whole = nr_free_frames(), nr_taken = 0;
    while (frame_alloc(&taken[nr_taken]) == OK)
        nr_taken++;
    assert_int_equal(nr_taken, whole);
    for (size_t left = 0; left < 40; left++) {
        paddr_t got[40], more;
        for (size_t i = 0; i < left; i++)
            ASSERT_OK(frame_alloc(&got[i]));
        ASSERT_STATUS(frame_alloc(&more), ERR_NO_MEMORY);
        ASSERT_STATUS(frame_alloc_run(2, 1, &more), ERR_NO_MEMORY);
        ASSERT_SOUND(frame_check());
        for (size_t i = 0; i < left; i++)
            ASSERT_OK(frame_free(got[i]));
        assert_int_equal(nr_free_frames(), left);
        ASSERT_STATUS(frame_alloc_run(left + 1, 1, &more), ERR_NO_MEMORY);
        assert_int_equal(nr_free_frames(), left);
        ASSERT_OK(frame_free(taken[--nr_taken]));
    }
    while (nr_taken > 0)
        ASSERT_OK(frame_free(taken[--nr_taken]));
    assert_int_equal(nr_free_frames(), whole);
}

static void test_random(void **state) {
    (void)state;
    static uint32_t counts[FRAMES_MAX];
    memset(counts, 0, sizeof(counts));
    struct rng rng = {1};
    size_t whole = nr_free_frames(), nr_used = 0;
    for (int i = 0; i < 200000; i++) {
        size_t number = rng_below(&rng, FRAMES_MAX);
        paddr_t frame = paddr(base + number * PAGE_SIZE), run;
        size_t nr_frames =
            rng_below(&rng, 20) ? 1 + rng_below(&rng, 8) : 1 + rng_below(&rng, 300);
        if (rng_below(&rng, 100) < (i / 20000 % 2 ? 4u : 30u)) {
            if (frame_alloc_run(nr_frames, 1u << rng_below(&rng, 5), &run) != OK)
                continue;
            for (size_t k = 0; k < nr_frames; k++) {
                size_t index = (run.raw - base) / PAGE_SIZE + k;
                REQUIRE(counts[index] == 0);
                counts[index] = 1;
            }
            nr_used += nr_frames;
        } else if (rng_below(&rng, 6) == 0) {
            status_t status = frame_share(frame);
            REQUIRE((status == OK) == (counts[number] > 0));
            counts[number] += status == OK;
        } else {
            status_t status = frame_free(frame);
            REQUIRE(status == (counts[number] > 0 ? OK : ERR_DOUBLE_FREE));
            if (status == OK && --counts[number] == 0)
                nr_used--;
        }
        if (i % 512 == 0) {
            ASSERT_SOUND(frame_check());
            REQUIRE(nr_free_frames() == whole - nr_used);
        }
    }
    for (size_t i = 0; i < FRAMES_MAX; i++)
        while (counts[i]-- > 0)
            ASSERT_OK(frame_free(paddr(base + i * PAGE_SIZE)));
    assert_int_equal(nr_free_frames(), whole);
}

/* What the kernel gives its heap as a rescue: memory that holds a buddy with a block of
 * the size, back to the last frame. */
static void test_rescue(void **state) {
    (void)state;
    const size_t bytes = HEAP_RESCUE_BYTES + HEAP_RESCUE_BYTES / 32 + PAGE_SIZE;
    size_t whole = nr_free_frames();
    void *start = rescue_with_frames(bytes, HEAP_RESCUE_BYTES);
    assert_true(start != NULL && is_aligned((uintptr_t)start, HEAP_RESCUE_BYTES));
    assert_int_equal(nr_free_frames(), whole - bytes / PAGE_SIZE);
    memset(start, 0xff, bytes);
    rescue_give_back(start, bytes);
    assert_int_equal(nr_free_frames(), whole);
    assert_null(rescue_with_frames(64 * MIB, HEAP_RESCUE_BYTES));
    assert_int_equal(nr_free_frames(), whole);
}

/* There are frames enough for a region but never in a row, until the Nth that keeps them
 * apart goes back: refused and nothing changed, then granted. */
static void test_rescue_fail_the_nth(void **state) {
    (void)state;
    const size_t apart = HEAP_RESCUE_BYTES / 2, bytes = HEAP_RESCUE_BYTES + PAGE_SIZE;
    size_t nr_refused = 0;
    paddr_t frame;
    while (frame_alloc(&frame) == OK)
        ;
    for (uint64_t at = base; at < base + MEMORY_BYTES; at += PAGE_SIZE)
        if (at % apart != 0 && frame_references(paddr(at)) > 0)
            ASSERT_OK(frame_free(paddr(at)));
    for (uint64_t pin = base + apart;; pin += apart) {
        size_t before = nr_free_frames();
        void *start = rescue_with_frames(bytes, HEAP_RESCUE_BYTES);
        if (start != NULL) {
            rescue_give_back(start, bytes);
            assert_int_equal(nr_free_frames(), before);
            break;
        }
        assert_int_equal(nr_free_frames(), before);
        ASSERT_SOUND(frame_check());
        ASSERT_OK(frame_free(paddr(pin)));
        nr_refused++;
    }
    assert_true(nr_refused > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, memory_set_up, memory_tear_down)
#define TEST_BANK(name)                                                                  \
    cmocka_unit_test_setup_teardown(name, set_up_bank, memory_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_empty),
        TEST(test_holes),
        TEST(test_bank_ends_inside_a_page),
        TEST_BANK(test_share),
        TEST_BANK(test_wrong_frames),
        TEST_BANK(test_run_arguments),
        TEST_BANK(test_runs),
        TEST_BANK(test_free_run),
        TEST_BANK(test_fail_the_nth),
        TEST_BANK(test_random),
        TEST_BANK(test_rescue),
        TEST_BANK(test_rescue_fail_the_nth),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
