/* kernel/uaccess.c - see uaccess.h.
 *
 * A copy from or to the kernel goes over a range of several pages twice: first every page
 * is looked up, then bytes move. */
#include "kernel/uaccess.h"
#include "kernel/syscall.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/sv39.h"

/* What copy_between() does at once: with words of 8 bytes it is faster. */
#define COPY_WORDS_BYTES 16384
#define COPY_BYTES       2048

/* Where the kernel reaches user address `va`, which must allow `needed` (R or W).  What
 * the direct map does not show, a device's registers, it does not reach. */
static status_t user_page(const struct process *process, uint64_t va, uint32_t needed,
                          void **out) {
    struct sv39_mapping mapping;
    needed |= SV39_U;
    if (sv39_translate(process->root, va, &mapping) != OK ||
        (mapping.flags & needed) != needed ||
        !frame_is_ram((struct range){mapping.frame.raw, mapping.frame.raw + 1}))
        return ERR_FAULT;
    *out = phys_to_virt(mapping.frame);
    return OK;
}

/* The smaller of `nr_bytes` and what is left of the page. */
static size_t left_in_page(uint64_t va, size_t nr_bytes) {
    size_t left = PAGE_SIZE - va % PAGE_SIZE;
    return left < nr_bytes ? left : nr_bytes;
}

status_t uaccess_check_range(uaddr_t start, size_t nr_bytes) {
    if (start.raw > USER_END || nr_bytes > USER_END - start.raw)
        return ERR_FAULT;
    return OK;
}

/* Copy page by page: to `start` if W is needed, from there if R is.  Without
 * `kernel_bytes`, only look. */
static status_t copy_pages(const struct process *process, uaddr_t start, size_t nr_bytes,
                           uint32_t needed, void *kernel_bytes) {
    status_t st = uaccess_check_range(start, nr_bytes);
    for (size_t done = 0, piece_bytes; st == OK && done < nr_bytes; done += piece_bytes) {
        void *user_bytes;
        piece_bytes = left_in_page(start.raw + done, nr_bytes - done);
        st = user_page(process, start.raw + done, needed, &user_bytes);
        if (st == OK && kernel_bytes != NULL && needed == SV39_W)
            memcpy(user_bytes, (char *)kernel_bytes + done, piece_bytes);
        else if (st == OK && kernel_bytes != NULL)
            memcpy((char *)kernel_bytes + done, user_bytes, piece_bytes);
    }
    return st;
}

/* All or nothing; within a page that needs no look ahead. */
static status_t copy_whole(const struct process *process, uaddr_t start, size_t nr_bytes,
                           uint32_t needed, void *kernel_bytes) {
    status_t st = OK;
    if (left_in_page(start.raw, nr_bytes) < nr_bytes)
        st = copy_pages(process, start, nr_bytes, needed, NULL);
    return st == OK ? copy_pages(process, start, nr_bytes, needed, kernel_bytes) : st;
}

status_t copy_from_user(const struct process *process, void *to, uaddr_t from,
                        size_t nr_bytes) {
    return copy_whole(process, from, nr_bytes, SV39_R, to);
}

status_t copy_to_user(const struct process *process, uaddr_t to, const void *from,
                      size_t nr_bytes) {
    return copy_whole(process, to, nr_bytes, SV39_W, (void *)from);
}

/* Bytewise, or word by word where both sides are aligned (lib/string.c). */
static size_t limit_copy(uint64_t to, uint64_t from, bool may_overlap, size_t nr_bytes) {
    bool is_fast = is_aligned(to | from, sizeof(uint64_t)) && !may_overlap;
    size_t most = is_fast ? COPY_WORDS_BYTES : COPY_BYTES;
    return nr_bytes < most ? nr_bytes : most;
}

status_t copy_between(const struct process *to_process, uaddr_t to,
                      const struct process *from_process, uaddr_t from, size_t nr_bytes,
                      size_t *done_bytes) {
    status_t st = uaccess_check_range(to, nr_bytes);
    if (st == OK)
        st = uaccess_check_range(from, nr_bytes);
    nr_bytes = limit_copy(to.raw, from.raw, to_process == from_process, nr_bytes);
    size_t done = 0;
    while (st == OK && done < nr_bytes) {
        void *target, *source;
        size_t piece_bytes = left_in_page(to.raw + done, nr_bytes - done);
        piece_bytes = left_in_page(from.raw + done, piece_bytes);
        st = user_page(to_process, to.raw + done, SV39_W, &target);
        if (st == OK)
            st = user_page(from_process, from.raw + done, SV39_R, &source);
        if (st != OK)
            break;
        memcpy(target, source, piece_bytes);
        done += piece_bytes;
    }
    *done_bytes = done;
    return st;
}

status_t sys_process_read(struct process *process, uint64_t va, user_out_t to,
                          size_t nr_bytes, uint64_t *done_bytes) {
    return copy_between(caller_process(), (uaddr_t){to}, process, (uaddr_t){va}, nr_bytes,
                        done_bytes);
}

status_t sys_process_write(struct process *process, uint64_t va, user_in_t from,
                           size_t nr_bytes, uint64_t *done_bytes) {
    return copy_between(process, (uaddr_t){va}, caller_process(), (uaddr_t){from},
                        nr_bytes, done_bytes);
}
