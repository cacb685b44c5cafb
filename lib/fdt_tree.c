/* lib/fdt_tree.c - see fdt_tree.h.
 *
 * Invariants.  F1: what a block has left lies in the tree, and no more is read.  F2: a
 * node that is visited, and the nodes around it, were read from their names to the end of
 * their properties: fdt_get() needs no checks. */
#include "lib/fdt_tree.h"

#include "lib/bits.h"
#include "lib/string.h"

#define FDT_MAGIC   0xd00dfeed
#define FDT_VERSION 17
#define CELLS_MAX   4 /* of an address or a size; PCI has 3 */

enum token { TOKEN_BEGIN = 1, TOKEN_END, TOKEN_PROPERTY, TOKEN_NOP, TOKEN_FINISH = 9 };

/* All of these big-endian, 5.2. */
struct header {
    uint32_t magic, total_bytes, struct_at, strings_at, reserve_at;
    uint32_t version, last_compatible, boot_cpu, strings_bytes, struct_bytes;
};

/* A part of the tree that is read from the front. */
struct block {
    const uint8_t *at;
    uint32_t left;
};

struct walk {
    struct block structure, strings, reservations;
    unsigned nr_open; /* nodes[0 .. nr_open) are open */
    bool in_head;     /* of the last of them: where its properties are */
    bool root_ended;
    struct fdt_node nodes[FDT_DEPTH_MAX];
};

/* ---- properties ---- */

uint32_t fdt_cell(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* 5.4.1: a token, and of a property its length, where its name is, its value, padding. */
struct fdt_property fdt_get(const struct fdt_node *node, const char *name) {
    for (const uint8_t *at = node->head;; at += 4) {
        uint32_t token = fdt_cell(at);
        if (token == TOKEN_NOP)
            continue;
        if (token != TOKEN_PROPERTY)
            return (struct fdt_property){NULL, 0};
        uint32_t nr_bytes = fdt_cell(at + 4);
        if (strcmp(node->strings + fdt_cell(at + 8), name) == 0)
            return (struct fdt_property){at + 12, nr_bytes};
        at += 8 + align_up(nr_bytes, 4);
    }
}

/* A number of some cells, past which `*at` is moved; false if 64 bits do not hold it. */
static bool read_cells(const uint8_t **at, uint32_t nr_cells, uint64_t *out) {
    bool fits = true;
    *out = 0;
    for (uint32_t i = 0; i < nr_cells; i++) {
        fits = fits && *out >> 32 == 0;
        *out = *out << 32 | fdt_cell(*at);
        *at += 4;
    }
    return fits;
}

bool fdt_number(const struct fdt_node *node, const char *name, uint64_t *out) {
    struct fdt_property number = fdt_get(node, name);
    return (number.nr_bytes == 4 || number.nr_bytes == 8) &&
           read_cells(&number.value, number.nr_bytes / 4, out);
}

uint32_t fdt_cell_or(const struct fdt_node *node, const char *name, uint32_t otherwise) {
    struct fdt_property cell = fdt_get(node, name);
    return cell.nr_bytes == 4 ? fdt_cell(cell.value) : otherwise;
}

bool fdt_has_word(const struct fdt_node *node, const char *name, const char *word,
                  char separator) {
    struct fdt_property words = fdt_get(node, name);
    size_t word_bytes = strlen(word), start = 0;
    for (size_t i = 0; i < words.nr_bytes; i++) {
        if (words.value[i] != '\0' && words.value[i] != separator)
            continue;
        if (i - start == word_bytes && memcmp(words.value + start, word, word_bytes) == 0)
            return true;
        start = i + 1;
    }
    return false;
}

bool fdt_list_has(const struct fdt_node *node, const char *name, const char *word) {
    return fdt_has_word(node, name, word, '\0');
}

bool fdt_node_is(const struct fdt_node *node, const char *name) {
    size_t nr_bytes = strlen(name);
    return strncmp(node->name, name, nr_bytes) == 0 &&
           (node->name[nr_bytes] == '\0' || node->name[nr_bytes] == '@');
}

bool fdt_node_is_enabled(const struct fdt_node *node) {
    return fdt_get(node, "status").value == NULL ||
           fdt_list_has(node, "status", "okay") || fdt_list_has(node, "status", "ok");
}

/* ---- addresses ---- */

/* How a bus writes the addresses of its children; the defaults are 2.3.5's. */
struct bus {
    uint32_t address_cells, size_cells;
};

static bool read_bus(const struct fdt_node *node, struct bus *out) {
    out->address_cells = fdt_cell_or(node, "#address-cells", 2);
    out->size_cells = fdt_cell_or(node, "#size-cells", 1);
    return out->address_cells <= CELLS_MAX && out->size_cells <= CELLS_MAX;
}

/* From an address on the inner bus to one on the bus around it.  Without ranges nothing
 * behind the inner one can be reached; empty ones say that the two are the same. */
static bool translate(struct fdt_property ranges, struct bus inner, struct bus outer,
                      uint64_t *address) {
    uint32_t entry_bytes =
        4 * (inner.address_cells + outer.address_cells + inner.size_cells);
    uint32_t nr_entries = entry_bytes == 0 ? 0 : ranges.nr_bytes / entry_bytes;
    if (ranges.nr_bytes == 0)
        return ranges.value != NULL;
    for (uint32_t i = 0; i < nr_entries; i++) {
        const uint8_t *at = ranges.value + i * entry_bytes;
        uint64_t from, to, nr_bytes;
        if (read_cells(&at, inner.address_cells, &from) &&
            read_cells(&at, outer.address_cells, &to) &&
            read_cells(&at, inner.size_cells, &nr_bytes) && *address >= from &&
            *address - from < nr_bytes) {
            *address = *address - from + to;
            return *address >= to;
        }
    }
    return false;
}

status_t fdt_reg(const struct fdt_node *nodes, unsigned depth, uint32_t index,
                 struct range *out) {
    struct fdt_property reg = fdt_get(&nodes[depth], "reg");
    struct bus bus;
    uint64_t address, nr_bytes;
    if (depth == 0 || !read_bus(&nodes[depth - 1], &bus))
        return ERR_FORMAT;
    uint32_t entry_bytes = 4 * (bus.address_cells + bus.size_cells);
    if (entry_bytes == 0 || reg.nr_bytes % entry_bytes != 0)
        return ERR_FORMAT;
    if (index >= reg.nr_bytes / entry_bytes)
        return ERR_NOT_FOUND;
    reg.value += index * entry_bytes;
    if (!read_cells(&reg.value, bus.address_cells, &address) ||
        !read_cells(&reg.value, bus.size_cells, &nr_bytes))
        return ERR_FORMAT;
    while (--depth > 0) { /* nodes[depth] is the bus that `address` is on */
        struct bus inner = bus;
        if (!read_bus(&nodes[depth - 1], &bus) ||
            !translate(fdt_get(&nodes[depth], "ranges"), inner, bus, &address))
            return ERR_FORMAT;
    }
    return range_from_size(address, nr_bytes, out) == OK ? OK : ERR_FORMAT;
}

/* ---- the blocks ---- */

/* Bytes [at, at + nr_bytes) of the tree; false if they are not all in it, or not
 * aligned. */
static bool block_open(struct block *out, const uint8_t *tree, uint32_t total_bytes,
                       uint32_t at, uint32_t nr_bytes, uint32_t align) {
    *out = (struct block){tree + at, nr_bytes};
    return is_aligned(at, align) && at >= sizeof(struct header) && at <= total_bytes &&
           nr_bytes <= total_bytes - at;
}

/* The next bytes of a block, and with them what pads them to whole cells; NULL if it has
 * less left. */
static const uint8_t *block_take(struct block *block, uint64_t nr_bytes) {
    const uint8_t *taken = block->at;
    uint64_t padded = align_up(nr_bytes, 4);
    if (padded > block->left)
        return NULL;
    block->at += padded;
    block->left -= (uint32_t)padded;
    return taken;
}

static const char *open_blocks(struct walk *w, const uint8_t *tree, size_t tree_bytes) {
    struct header h;
    uint32_t *words = (uint32_t *)&h;
    if (tree == NULL || tree_bytes < sizeof(h) || fdt_cell(tree) != FDT_MAGIC)
        return "no magic number: there is no device tree";
    for (size_t i = 0; i < sizeof(h) / 4; i++)
        words[i] = fdt_cell(tree + 4 * i);
    if (h.version < FDT_VERSION || h.last_compatible > FDT_VERSION)
        return "not of a version we read (17)";
    uint32_t total = h.total_bytes;
    if (total > tree_bytes)
        return "larger than the memory it may be in";
    if (!block_open(&w->structure, tree, total, h.struct_at, h.struct_bytes, 4) ||
        !block_open(&w->strings, tree, total, h.strings_at, h.strings_bytes, 1) ||
        !block_open(&w->reservations, tree, total, h.reserve_at, total - h.reserve_at, 8))
        return "a block lies outside";
    return NULL;
}

/* 5.3: pairs of address and size; two zeroes end them. */
static const char *read_reservations(struct block *pairs, struct range_set *reserved) {
    for (;;) {
        struct range r;
        uint64_t start, nr_bytes;
        const uint8_t *at = block_take(pairs, 16);
        if (at == NULL)
            return "the memory reservations do not end";
        read_cells(&at, 2, &start);
        read_cells(&at, 2, &nr_bytes);
        if (start == 0 && nr_bytes == 0)
            return NULL;
        if (range_from_size(start, nr_bytes, &r) != OK)
            return "a memory reservation wraps around";
        if (range_set_add(reserved, r) != OK)
            return "too many memory reservations";
    }
}

static const char *begin_node(struct walk *w) {
    const char *name = (const char *)w->structure.at;
    size_t name_bytes = strnlen(name, w->structure.left);
    if (name_bytes == w->structure.left ||
        block_take(&w->structure, name_bytes + 1) == NULL)
        return "a node's name does not end";
    if (w->nr_open == FDT_DEPTH_MAX)
        return "nodes are nested too deeply";
    if (w->root_ended)
        return "it has two roots";
    const char *strings = (const char *)w->strings.at;
    w->nodes[w->nr_open++] = (struct fdt_node){name, w->structure.at, strings};
    w->in_head = true;
    return NULL;
}

static const char *pass_property(struct walk *w) {
    if (w->nr_open == 0)
        return "a property is outside of all nodes";
    if (!w->in_head)
        return "a property comes after a node";
    const uint8_t *head = block_take(&w->structure, 8);
    if (head == NULL)
        return "a property is cut short";
    if (block_take(&w->structure, fdt_cell(head)) == NULL)
        return "a property's value is cut short";
    uint32_t name = fdt_cell(head + 4);
    if (name >= w->strings.left)
        return "a property's name lies outside";
    size_t left = w->strings.left - name;
    if (strnlen((const char *)w->strings.at + name, left) == left)
        return "a property's name does not end";
    return NULL;
}

static const char *end_node(struct walk *w, fdt_visit_fn *visit, void *context) {
    if (w->nr_open == 0)
        return "a node ends that never began";
    w->nr_open--;
    w->in_head = false;
    w->root_ended = w->nr_open == 0;
    return visit(context, w->nodes, w->nr_open);
}

static const char *read_structure(struct walk *w, fdt_visit_fn *visit, void *context) {
    const char *why = NULL;
    while (why == NULL) {
        const uint8_t *token = block_take(&w->structure, 4);
        if (token == NULL)
            return "the structure block does not end";
        switch (fdt_cell(token)) {
        case TOKEN_BEGIN: why = begin_node(w); break;
        case TOKEN_END: why = end_node(w, visit, context); break;
        case TOKEN_PROPERTY: why = pass_property(w); break;
        case TOKEN_NOP: break;
        case TOKEN_FINISH: return w->root_ended ? NULL : "it ends inside a node";
        default: return "an unknown token";
        }
    }
    return why;
}

const char *fdt_walk(const void *tree, size_t tree_bytes, fdt_visit_fn *visit,
                     void *context, struct range_set *reserved) {
    struct walk w = {0};
    const char *why = open_blocks(&w, tree, tree_bytes);
    if (why == NULL)
        why = read_reservations(&w.reservations, reserved);
    return why != NULL ? why : read_structure(&w, visit, context);
}
