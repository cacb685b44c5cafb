/* kernel/uaccess.c - see uaccess.h.
 *
 * Each copy goes over its range twice: first every page is looked up, then bytes move. */
#include "kernel/uaccess.h"
#include "kernel/process.h"
#include "lib/string.h"
#include "mm/sv39.h"

typedef void piece_fn(void *user_bytes, void *kernel_bytes, size_t nr_bytes);

/* Where the kernel reaches user address `va`, which must allow `needed` (R or W). */
static status_t user_page(const struct process *process, uint64_t va, uint32_t needed,
                          void **out) {
    struct sv39_mapping mapping;
    needed |= SV39_U;
    if (sv39_translate(process->root, va, &mapping) != OK)
        return ERR_FAULT;
    if ((mapping.flags & needed) != needed)
        return ERR_FAULT;
    *out = phys_to_virt(mapping.frame);
    return OK;
}

/* Go over [start, start + nr_bytes) page by page; `piece` may be NULL, only to look. */
static status_t for_each_piece(const struct process *process, uint64_t start,
                               size_t nr_bytes, uint32_t needed, piece_fn *piece,
                               char *kernel_bytes) {
    size_t nr_done = 0;
    while (nr_done < nr_bytes) {
        uint64_t va = start + nr_done;
        size_t piece_bytes = PAGE_SIZE - va % PAGE_SIZE;
        if (piece_bytes > nr_bytes - nr_done)
            piece_bytes = nr_bytes - nr_done;
        void *user_bytes;
        status_t st = user_page(process, va, needed, &user_bytes);
        if (st != OK)
            return st;
        if (piece != NULL)
            piece(user_bytes, kernel_bytes + nr_done, piece_bytes);
        nr_done += piece_bytes;
    }
    return OK;
}

status_t uaccess_check_range(uaddr_t start, size_t nr_bytes) {
    if (start.raw > USER_END || nr_bytes > USER_END - start.raw)
        return ERR_FAULT;
    return OK;
}

static status_t check_then_copy(const struct process *process, uaddr_t start,
                                size_t nr_bytes, uint32_t needed, piece_fn *piece,
                                void *kernel_bytes) {
    status_t st = uaccess_check_range(start, nr_bytes);
    if (st != OK)
        return st;
    st = for_each_piece(process, start.raw, nr_bytes, needed, NULL, NULL);
    if (st != OK)
        return st;
    return for_each_piece(process, start.raw, nr_bytes, needed, piece, kernel_bytes);
}

static void piece_from_user(void *user_bytes, void *kernel_bytes, size_t nr_bytes) {
    memcpy(kernel_bytes, user_bytes, nr_bytes);
}

static void piece_to_user(void *user_bytes, void *kernel_bytes, size_t nr_bytes) {
    memcpy(user_bytes, kernel_bytes, nr_bytes);
}

status_t copy_from_user(const struct process *process, void *to, uaddr_t from,
                        size_t nr_bytes) {
    return check_then_copy(process, from, nr_bytes, SV39_R, piece_from_user, to);
}

status_t copy_to_user(const struct process *process, uaddr_t to, const void *from,
                      size_t nr_bytes) {
    return check_then_copy(process, to, nr_bytes, SV39_W, piece_to_user, (void *)from);
}
