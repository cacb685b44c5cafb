/* boot/fdt_tree.h - walk a flattened device tree: its nodes, one by one, checked.
 *
 * Of each open node the properties we know are kept by name, and a node is visited when
 * it ends: its own properties and those of the nodes around it are complete then, in
 * whatever order they came.  Pure.   Source: Devicetree Specification 0.4, chapters 2
 * and 5.   Not here: what nodes mean (fdt.c). */
#pragma once

#include "lib/range.h"

#define FDT_DEPTH_MAX 16

/* The properties that are kept; any other is passed over. */
#define FDT_PROPERTIES(X)                                                                \
    X(FDT_ADDRESS_CELLS, "#address-cells")                                               \
    X(FDT_SIZE_CELLS, "#size-cells")                                                     \
    X(FDT_RANGES, "ranges")                                                              \
    X(FDT_REG, "reg")                                                                    \
    X(FDT_STATUS, "status")                                                              \
    X(FDT_COMPATIBLE, "compatible")                                                      \
    X(FDT_DEVICE_TYPE, "device_type")                                                    \
    X(FDT_PHANDLE, "phandle")                                                            \
    X(FDT_INTERRUPTS, "interrupts")                                                      \
    X(FDT_INTERRUPTS_EXTENDED, "interrupts-extended")                                    \
    X(FDT_REG_SHIFT, "reg-shift")                                                        \
    X(FDT_NDEV, "riscv,ndev")                                                            \
    X(FDT_TIMEBASE, "timebase-frequency")                                                \
    X(FDT_ISA, "riscv,isa")                                                              \
    X(FDT_ISA_EXTENSIONS, "riscv,isa-extensions")                                        \
    X(FDT_BOOTARGS, "bootargs")                                                          \
    X(FDT_INITRD_START, "linux,initrd-start")                                            \
    X(FDT_INITRD_END, "linux,initrd-end")

enum fdt_property_name {
#define FDT_ENUM(name, text) name,
    FDT_PROPERTIES(FDT_ENUM)
#undef FDT_ENUM
        FDT_NR_PROPERTIES
};

struct fdt_property {
    const uint8_t *value; /* NULL: the node has none of this name */
    uint32_t nr_bytes;
};

struct fdt_node {
    const char *name; /* with its unit address; the root's is "" */
    struct fdt_property properties[FDT_NR_PROPERTIES];
};

/* nodes[0] is the root, nodes[depth] the node that ends.  Not OK: the walk ends too. */
typedef status_t fdt_visit_fn(void *context, const struct fdt_node *nodes, unsigned depth,
                              const char **why);

/* Check the header and visit every node.  `reserved` gets the memory reservations, 5.3.
 * ERR_FORMAT with `*why`, or what `visit` or range_set_add() returned. */
MUST_CHECK status_t fdt_walk(const void *tree, size_t tree_bytes, fdt_visit_fn *visit,
                             void *context, struct range_set *reserved, const char **why);

/* The name without the unit address is `name`. */
bool fdt_node_is(const struct fdt_node *node, const char *name);

/* 2.3.4: no status, "okay" and the older "ok" mean that it is there. */
bool fdt_node_is_enabled(const struct fdt_node *node);

/* A big-endian number of one cell (32 bits). */
uint32_t fdt_cell(const uint8_t *at);

/* A property that is a number of one or two cells; false if it is none. */
bool fdt_number(const struct fdt_property *property, uint64_t *out);

/* A property that is one cell, or `otherwise`. */
uint32_t fdt_cell_or(const struct fdt_property *property, uint32_t otherwise);

/* True if a list of strings contains `word`. */
bool fdt_list_has(const struct fdt_property *list, const char *word);

/* Entry `index` of nodes[depth]'s reg, as the processor sees it: through #address-cells,
 * #size-cells and ranges of the nodes around it, 2.3.6 and 2.3.8.
 * ERR_NOT_FOUND past the last one, ERR_FORMAT if it makes no sense. */
MUST_CHECK status_t fdt_reg(const struct fdt_node *nodes, unsigned depth, uint32_t index,
                            struct range *out);
