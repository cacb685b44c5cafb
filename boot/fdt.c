/* boot/fdt.c - see fdt.h.
 *
 * What the nodes of a device tree mean; lib/fdt_tree.c finds them.  A node that is of no
 * use to us may be as it likes; one that is must make sense, or the tree is refused.  The
 * PLIC names harts that may come after it, so it is understood at the very end. */
#include "boot/fdt.h"

#include "lib/fdt_tree.h"
#include "lib/string.h"

#define TICKS_PER_SECOND_MAX ((uint64_t)10000000000) /* timer.h is exact up to here   */
#define INTERRUPT_EXTERNAL   9                       /* Privileged 1.12, table 4.2    */
#define CONTEXT_BYTES        8                       /* a phandle and an interrupt    */

struct survey {
    struct boot_info *info;
    uint64_t boot_hart_id;
    struct fdt_property plic_contexts; /* its interrupts-extended      */
    uint32_t controller;               /* of the cpu node that is open */
};

/* ---- memory ---- */

static const char *add_ranges(struct range_set *set, const struct fdt_node *nodes,
                              unsigned depth) {
    for (uint32_t i = 0;; i++) {
        struct range r;
        status_t status = fdt_reg(nodes, depth, i, &r);
        if (status == ERR_NOT_FOUND)
            return NULL;
        if (status != OK)
            return "a memory range makes no sense";
        if (range_set_add(set, r) != OK)
            return "too many ranges of memory";
    }
}

/* ---- harts ---- */

static const char *set_timebase(struct boot_info *info, const struct fdt_node *node) {
    uint64_t hz;
    if (fdt_get(node, "timebase-frequency").value == NULL)
        return NULL;
    if (!fdt_number(node, "timebase-frequency", &hz) || hz == 0 ||
        hz > TICKS_PER_SECOND_MAX)
        return "the timebase-frequency makes no sense";
    info->ticks_per_second = hz;
    return NULL;
}

/* The place for one more hart.  If all are taken, the hart that boots gets the last. */
static struct boot_hart *hart_slot(struct survey *s, uint64_t id) {
    struct boot_info *info = s->info;
    if (info->nr_harts < BOOT_HARTS_MAX)
        return &info->harts[info->nr_harts++];
    return id == s->boot_hart_id ? &info->harts[BOOT_HARTS_MAX - 1] : NULL;
}

static const char *add_hart(struct survey *s, const struct fdt_node *nodes) {
    const struct fdt_node *cpu = &nodes[2];
    uint64_t id;
    uint32_t controller = s->controller;
    s->controller = 0;
    if (fdt_cell_or(&nodes[1], "#size-cells", 1) != 0)
        return "the harts have sizes";
    if (!fdt_node_is_enabled(cpu))
        return NULL;
    if (!fdt_number(cpu, "reg", &id))
        return "a hart has no number";
    s->info->nr_harts_found++;
    struct boot_hart *hart = hart_slot(s, id);
    if (hart != NULL) {
        bool has_sstc = fdt_has_word(cpu, "riscv,isa", "sstc", '_') ||
                        fdt_list_has(cpu, "riscv,isa-extensions", "sstc");
        *hart = (struct boot_hart){id, has_sstc, controller, BOOT_NO_CONTEXT};
    }
    return set_timebase(s->info, cpu);
}

/* ---- devices ---- */

/* Of a kind, the first device counts whose registers can be reached.  True: this one. */
static bool take_device(struct boot_device *device, const struct fdt_node *nodes,
                        unsigned depth, const char *compatible) {
    const struct fdt_node *node = &nodes[depth];
    struct range registers;
    if (!fdt_list_has(node, "compatible", compatible) || device->registers.end != 0 ||
        fdt_reg(nodes, depth, 0, &registers) != OK)
        return false;
    uint32_t interrupt = fdt_cell_or(node, "interrupts", BOOT_NO_INTERRUPT);
    *device = (struct boot_device){registers, interrupt};
    return true;
}

static void add_device(struct survey *s, const struct fdt_node *nodes, unsigned depth) {
    const struct fdt_node *node = &nodes[depth];
    struct boot_info *info = s->info;
    take_device(&info->test, nodes, depth, "sifive,test1");
    if (take_device(&info->uart, nodes, depth, "ns16550a"))
        info->uart_reg_shift = fdt_cell_or(node, "reg-shift", 0);
    if (take_device(&info->plic, nodes, depth, "sifive,plic-1.0.0") ||
        take_device(&info->plic, nodes, depth, "riscv,plic0")) {
        info->plic_sources = fdt_cell_or(node, "riscv,ndev", 0);
        s->plic_contexts = fdt_get(node, "interrupts-extended");
    }
}

/* Context n of the PLIC is the nth pair of a hart's controller and the interrupt there
 * (sifive,plic-1.0.0.yaml). */
static void find_plic_contexts(struct survey *s) {
    uint32_t nr_contexts = s->plic_contexts.nr_bytes / CONTEXT_BYTES;
    for (uint32_t context = 0; context < nr_contexts; context++) {
        const uint8_t *pair = s->plic_contexts.value + context * CONTEXT_BYTES;
        uint32_t phandle = fdt_cell(pair);
        for (size_t i = 0; i < s->info->nr_harts; i++)
            if (fdt_cell(pair + 4) == INTERRUPT_EXTERNAL && phandle != 0 &&
                phandle == s->info->harts[i].controller)
                s->info->harts[i].plic_context = context;
    }
}

/* ---- chosen ---- */

static const char *read_chosen(struct boot_info *info, const struct fdt_node *node) {
    struct fdt_property bootargs = fdt_get(node, "bootargs");
    if (bootargs.value != NULL) {
        size_t nr_bytes = strnlen((const char *)bootargs.value, bootargs.nr_bytes);
        info->bootargs_cut = nr_bytes > BOOT_BOOTARGS_MAX - 1;
        if (info->bootargs_cut)
            nr_bytes = BOOT_BOOTARGS_MAX - 1;
        memcpy(info->bootargs, bootargs.value, nr_bytes);
        info->bootargs[nr_bytes] = '\0';
    }
    struct range initrd;
    bool has_start = fdt_number(node, "linux,initrd-start", &initrd.start);
    bool has_end = fdt_number(node, "linux,initrd-end", &initrd.end);
    if (has_start != has_end || (has_start && initrd.end < initrd.start))
        return "the initrd makes no sense";
    if (has_start)
        info->initrd = initrd;
    return NULL;
}

/* ---- all ---- */

static const char *visit_node(void *context, const struct fdt_node *nodes,
                              unsigned depth) {
    struct survey *s = context;
    const struct fdt_node *node = &nodes[depth];
    bool in_cpu =
        depth >= 2 && fdt_node_is(&nodes[1], "cpus") && fdt_node_is(&nodes[2], "cpu");
    if (in_cpu && depth == 2)
        return add_hart(s, nodes);
    if (in_cpu && fdt_list_has(node, "compatible", "riscv,cpu-intc"))
        s->controller = fdt_cell_or(node, "phandle", 0);
    if (depth == 1 && fdt_node_is(node, "cpus"))
        return set_timebase(s->info, node);
    if (depth == 1 && fdt_node_is(node, "chosen"))
        return read_chosen(s->info, node);
    if (!fdt_node_is_enabled(node))
        return NULL;
    if (depth == 1 && fdt_list_has(node, "device_type", "memory"))
        return add_ranges(&s->info->memory, nodes, depth);
    /* A child without reg asks for any place, and that is ours to give: to nobody. */
    if (depth == 2 && fdt_node_is(&nodes[1], "reserved-memory"))
        return add_ranges(&s->info->reserved, nodes, depth);
    add_device(s, nodes, depth);
    return NULL;
}

const char *fdt_parse(const void *tree, size_t tree_bytes, uint64_t boot_hart_id,
                      struct boot_info *out) {
    struct survey s = {.info = out, .boot_hart_id = boot_hart_id};
    memset(out, 0, sizeof(*out));
    const char *why = fdt_walk(tree, tree_bytes, visit_node, &s, &out->reserved);
    if (why != NULL)
        return why;
    if (out->memory.nr_ranges == 0)
        return "it shows no memory";
    if (out->nr_harts == 0)
        return "it shows no hart";
    if (out->ticks_per_second == 0)
        return "it has no timebase-frequency";
    if (range_set_overlaps(&out->memory, out->uart.registers) ||
        range_set_overlaps(&out->memory, out->plic.registers) ||
        range_set_overlaps(&out->memory, out->test.registers))
        return "a device's registers lie in memory";
    find_plic_contexts(&s);
    return NULL;
}
