/* lib/fdt_tree.h - walk a flattened device tree: its nodes, one by one, checked.
 *
 * A node is visited when it ends; it and the nodes around it can then be asked for their
 * properties by name.  Pure.   Source: Devicetree Specification 0.4, chapters 2 and 5.
 * Callers: boot/fdt.c, which knows what nodes mean. */
#pragma once

#include "lib/range.h"

#define FDT_DEPTH_MAX 16

struct fdt_node {
    const char *name;    /* with its unit address; the root's is "" */
    const uint8_t *head; /* its properties */
    const char *strings; /* their names */
};

struct fdt_property {
    const uint8_t *value; /* NULL: the node has none of this name */
    uint32_t nr_bytes;    /* 0 then */
};

/* nodes[0] is the root, nodes[depth] the node that ends.  NULL, or why the tree is not
 * usable: the walk ends then. */
typedef const char *fdt_visit_fn(void *context, const struct fdt_node *nodes,
                                 unsigned depth);

/* Check the header and visit every node of the tree of at most `tree_bytes` readable
 * bytes.  `reserved` gets the memory reservations, 5.3.  Returns NULL, or what is
 * wrong. */
MUST_CHECK const char *fdt_walk(const void *tree, size_t tree_bytes, fdt_visit_fn *visit,
                                void *context, struct range_set *reserved);

/* The name without the unit address is `name`. */
bool fdt_node_is(const struct fdt_node *node, const char *name);

/* 2.3.4: no status, "okay" and the older "ok" mean that it is there. */
bool fdt_node_is_enabled(const struct fdt_node *node);

struct fdt_property fdt_get(const struct fdt_node *node, const char *name);

/* A big-endian number of one cell (32 bits). */
uint32_t fdt_cell(const uint8_t *at);

/* A property that is a number of one or two cells; false if it is none. */
bool fdt_number(const struct fdt_node *node, const char *name, uint64_t *out);

/* A property that is one cell, or `otherwise`. */
uint32_t fdt_cell_or(const struct fdt_node *node, const char *name, uint32_t otherwise);

/* True if a property that is a list of strings contains `word`. */
bool fdt_list_has(const struct fdt_node *node, const char *name, const char *word);

/* The same where `separator` ends a word too, as in "rv64imac_zicsr_sstc". */
bool fdt_has_word(const struct fdt_node *node, const char *name, const char *word,
                  char separator);

/* Entry `index` of nodes[depth]'s reg, as the processor sees it: through #address-cells,
 * #size-cells and ranges of the nodes around it, 2.3.6 and 2.3.8.
 * ERR_NOT_FOUND past the last one, ERR_FORMAT if it makes no sense. */
MUST_CHECK status_t fdt_reg(const struct fdt_node *nodes, unsigned depth, uint32_t index,
                            struct range *out);
