/* boot/fdt_tree.c - see fdt_tree.h.
 *
 * Invariants.  F1: every read is below struct_end or strings_end, and those are not above
 * the tree's total size.  F2: a property kept lies whole in the structure block, a name
 * kept is terminated there. */
#include "boot/fdt_tree.h"

#include "lib/bits.h"
#include "lib/string.h"

#define FDT_MAGIC        0xd00dfeed
#define FDT_VERSION      17
#define FDT_HEADER_BYTES 40
#define CELLS_MAX        4 /* of an address or a size; PCI has 3 */

enum token { TOKEN_BEGIN = 1, TOKEN_END, TOKEN_PROPERTY, TOKEN_NOP, TOKEN_FINISH = 9 };

/* The header's words in their order, 5.2. */
enum header_word {
    HEADER_MAGIC,
    HEADER_TOTAL_BYTES,
    HEADER_STRUCT_AT,
    HEADER_STRINGS_AT,
    HEADER_RESERVE_AT,
    HEADER_VERSION,
    HEADER_LAST_COMPATIBLE,
    HEADER_BOOT_CPU,
    HEADER_STRINGS_BYTES,
    HEADER_STRUCT_BYTES,
};

static const char *const property_names[FDT_NR_PROPERTIES] = {
#define FDT_NAME(name, text) text,
    FDT_PROPERTIES(FDT_NAME)
#undef FDT_NAME
};

struct walk {
    const uint8_t *tree;
    uint32_t at, struct_end; /* the cursor, and the end of its block */
    uint32_t strings_at, strings_end;
    const char *why;
    unsigned nr_open; /* nodes[0 .. nr_open) are open */
    bool root_ended;
    struct fdt_node nodes[FDT_DEPTH_MAX];
};

static status_t refuse(struct walk *w, const char *why) {
    w->why = why;
    return ERR_FORMAT;
}

/* ---- values ---- */

uint32_t fdt_cell(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t read_u64(const uint8_t *at) {
    return (uint64_t)fdt_cell(at) << 32 | fdt_cell(at + 4);
}

bool fdt_number(const struct fdt_property *property, uint64_t *out) {
    if (property->value == NULL || (property->nr_bytes != 4 && property->nr_bytes != 8))
        return false;
    *out =
        property->nr_bytes == 4 ? fdt_cell(property->value) : read_u64(property->value);
    return true;
}

uint32_t fdt_cell_or(const struct fdt_property *property, uint32_t otherwise) {
    bool is_cell = property->value != NULL && property->nr_bytes == 4;
    return is_cell ? fdt_cell(property->value) : otherwise;
}

bool fdt_list_has(const struct fdt_property *list, const char *word) {
    size_t word_bytes = strlen(word) + 1;
    if (list->value == NULL)
        return false;
    for (size_t at = 0; at < list->nr_bytes;) {
        const char *string = (const char *)list->value + at;
        size_t left = list->nr_bytes - at;
        size_t string_bytes = strnlen(string, left) + 1; /* with its terminator, if any */
        if (string_bytes == word_bytes && word_bytes <= left &&
            memcmp(string, word, word_bytes) == 0)
            return true;
        at += string_bytes;
    }
    return false;
}

bool fdt_node_is(const struct fdt_node *node, const char *name) {
    size_t nr_bytes = strlen(name);
    return strncmp(node->name, name, nr_bytes) == 0 &&
           (node->name[nr_bytes] == '\0' || node->name[nr_bytes] == '@');
}

bool fdt_node_is_enabled(const struct fdt_node *node) {
    const struct fdt_property *status = &node->properties[FDT_STATUS];
    return status->value == NULL || fdt_list_has(status, "okay") ||
           fdt_list_has(status, "ok");
}

/* ---- addresses ---- */

/* How a bus writes the addresses of its children; the defaults are 2.3.5's. */
struct bus {
    uint32_t address_cells, size_cells;
};

static bool read_bus(const struct fdt_node *node, struct bus *out) {
    out->address_cells = fdt_cell_or(&node->properties[FDT_ADDRESS_CELLS], 2);
    out->size_cells = fdt_cell_or(&node->properties[FDT_SIZE_CELLS], 1);
    return out->address_cells <= CELLS_MAX && out->size_cells <= CELLS_MAX;
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

/* From an address on the bus `node` to one on the bus around it. */
static bool translate(const struct fdt_node *node, struct bus outer, uint64_t *address) {
    const struct fdt_property *ranges = &node->properties[FDT_RANGES];
    struct bus inner;
    if (ranges->value == NULL || !read_bus(node, &inner))
        return false; /* without ranges nothing behind the bus can be reached */
    if (ranges->nr_bytes == 0)
        return true;
    uint32_t entry_bytes =
        4 * (inner.address_cells + outer.address_cells + inner.size_cells);
    const uint8_t *at = ranges->value;
    for (uint32_t left = ranges->nr_bytes; entry_bytes != 0 && left >= entry_bytes;
         left -= entry_bytes) {
        uint64_t from, to, nr_bytes;
        bool fits = read_cells(&at, inner.address_cells, &from);
        fits = read_cells(&at, outer.address_cells, &to) && fits;
        fits = read_cells(&at, inner.size_cells, &nr_bytes) && fits;
        if (!fits || *address < from || *address - from >= nr_bytes)
            continue;
        *address = *address - from + to;
        return *address >= to;
    }
    return false;
}

status_t fdt_reg(const struct fdt_node *nodes, unsigned depth, uint32_t index,
                 struct range *out) {
    const struct fdt_property *reg = &nodes[depth].properties[FDT_REG];
    struct bus bus;
    uint64_t address, nr_bytes;
    if (depth == 0 || !read_bus(&nodes[depth - 1], &bus))
        return ERR_FORMAT;
    uint32_t entry_bytes = 4 * (bus.address_cells + bus.size_cells);
    if (entry_bytes == 0 || reg->nr_bytes % entry_bytes != 0)
        return ERR_FORMAT;
    if (reg->value == NULL || index >= reg->nr_bytes / entry_bytes)
        return ERR_NOT_FOUND;
    const uint8_t *at = reg->value + index * entry_bytes;
    if (!read_cells(&at, bus.address_cells, &address) ||
        !read_cells(&at, bus.size_cells, &nr_bytes))
        return ERR_FORMAT;
    for (unsigned outer = depth - 1; outer > 0; outer--) {
        struct bus around;
        if (!read_bus(&nodes[outer - 1], &around) ||
            !translate(&nodes[outer], around, &address))
            return ERR_FORMAT;
    }
    return range_from_size(address, nr_bytes, out) == OK ? OK : ERR_FORMAT;
}

/* ---- the blocks ---- */

/* [at, at + nr_bytes) lies in the tree, aligned. */
static bool block_is_inside(uint32_t at, uint32_t nr_bytes, uint32_t total,
                            uint32_t align) {
    return is_aligned(at, align) && at >= FDT_HEADER_BYTES && at <= total &&
           nr_bytes <= total - at;
}

static status_t check_header(struct walk *w, size_t tree_bytes, uint32_t *reserve_at,
                             uint32_t *total) {
    uint32_t words[HEADER_STRUCT_BYTES + 1];
    if (w->tree == NULL || tree_bytes < FDT_HEADER_BYTES ||
        fdt_cell(w->tree) != FDT_MAGIC)
        return refuse(w, "no magic number: there is no device tree");
    for (unsigned i = 0; i < ARRAY_SIZE(words); i++)
        words[i] = fdt_cell(w->tree + 4 * i);
    *total = words[HEADER_TOTAL_BYTES];
    *reserve_at = words[HEADER_RESERVE_AT];
    if (words[HEADER_VERSION] < FDT_VERSION ||
        words[HEADER_LAST_COMPATIBLE] > FDT_VERSION)
        return refuse(w, "not of a version we read (17)");
    if (*total > tree_bytes)
        return refuse(w, "larger than the memory it may be in");
    if (!block_is_inside(words[HEADER_STRUCT_AT], words[HEADER_STRUCT_BYTES], *total,
                         4) ||
        !block_is_inside(words[HEADER_STRINGS_AT], words[HEADER_STRINGS_BYTES], *total,
                         1) ||
        !block_is_inside(*reserve_at, 0, *total, 8))
        return refuse(w, "a block lies outside");
    w->at = words[HEADER_STRUCT_AT];
    w->struct_end = w->at + words[HEADER_STRUCT_BYTES];
    w->strings_at = words[HEADER_STRINGS_AT];
    w->strings_end = w->strings_at + words[HEADER_STRINGS_BYTES];
    return OK;
}

/* 5.3: pairs of address and size; two zeroes end them. */
static status_t read_reservations(struct walk *w, uint32_t at, uint32_t total,
                                  struct range_set *reserved) {
    for (;; at += 16) {
        if (total - at < 16)
            return refuse(w, "the memory reservations do not end");
        uint64_t start = read_u64(w->tree + at), nr_bytes = read_u64(w->tree + at + 8);
        struct range r;
        if (start == 0 && nr_bytes == 0)
            return OK;
        if (range_from_size(start, nr_bytes, &r) != OK)
            return refuse(w, "a memory reservation wraps around");
        w->why = "too many memory reservations";
        status_t status = range_set_add(reserved, r);
        if (status != OK)
            return status;
    }
}

static status_t read_token(struct walk *w, uint32_t *token) {
    if (w->struct_end - w->at < 4)
        return refuse(w, "the structure block does not end");
    *token = fdt_cell(w->tree + w->at);
    w->at += 4;
    return OK;
}

/* Past something of that many bytes, and what pads it to a whole cell. */
static bool skip_padded(struct walk *w, uint32_t nr_bytes) {
    uint64_t padded = align_up((uint64_t)nr_bytes, 4);
    if (padded > w->struct_end - w->at)
        return false;
    w->at += (uint32_t)padded;
    return true;
}

static status_t begin_node(struct walk *w) {
    const char *name = (const char *)w->tree + w->at;
    size_t left = w->struct_end - w->at;
    size_t name_bytes = strnlen(name, left);
    if (name_bytes == left || !skip_padded(w, (uint32_t)name_bytes + 1))
        return refuse(w, "a node's name does not end");
    if (w->nr_open == FDT_DEPTH_MAX)
        return refuse(w, "nodes are nested too deeply");
    if (w->root_ended)
        return refuse(w, "it has two roots");
    w->nodes[w->nr_open] = (struct fdt_node){.name = name};
    w->nr_open++;
    return OK;
}

static status_t read_property(struct walk *w) {
    if (w->nr_open == 0)
        return refuse(w, "a property is outside of all nodes");
    if (w->struct_end - w->at < 8)
        return refuse(w, "a property is cut short");
    uint32_t nr_bytes = fdt_cell(w->tree + w->at);
    uint32_t name_offset = fdt_cell(w->tree + w->at + 4);
    w->at += 8;
    const uint8_t *value = w->tree + w->at;
    if (!skip_padded(w, nr_bytes))
        return refuse(w, "a property's value is cut short");
    uint32_t strings_bytes = w->strings_end - w->strings_at;
    if (name_offset >= strings_bytes)
        return refuse(w, "a property's name lies outside");
    const char *name = (const char *)w->tree + w->strings_at + name_offset;
    if (strnlen(name, strings_bytes - name_offset) == strings_bytes - name_offset)
        return refuse(w, "a property's name does not end");
    struct fdt_property *properties = w->nodes[w->nr_open - 1].properties;
    for (unsigned i = 0; i < FDT_NR_PROPERTIES; i++)
        if (strcmp(name, property_names[i]) == 0)
            properties[i] = (struct fdt_property){value, nr_bytes};
    return OK;
}

static status_t end_node(struct walk *w, fdt_visit_fn *visit, void *context) {
    if (w->nr_open == 0)
        return refuse(w, "a node ends that never began");
    w->nr_open--;
    w->root_ended = w->nr_open == 0;
    return visit(context, w->nodes, w->nr_open, &w->why);
}

static status_t walk_structure(struct walk *w, fdt_visit_fn *visit, void *context) {
    for (;;) {
        uint32_t token;
        status_t status = read_token(w, &token);
        if (status == OK && token == TOKEN_FINISH)
            return w->root_ended ? OK : refuse(w, "it ends inside a node");
        if (status == OK && token == TOKEN_BEGIN)
            status = begin_node(w);
        else if (status == OK && token == TOKEN_END)
            status = end_node(w, visit, context);
        else if (status == OK && token == TOKEN_PROPERTY)
            status = read_property(w);
        else if (status == OK && token != TOKEN_NOP)
            status = refuse(w, "an unknown token");
        if (status != OK)
            return status;
    }
}

status_t fdt_walk(const void *tree, size_t tree_bytes, fdt_visit_fn *visit, void *context,
                  struct range_set *reserved, const char **why) {
    struct walk w = {.tree = tree, .why = "no reason"};
    uint32_t reserve_at, total;
    status_t status = check_header(&w, tree_bytes, &reserve_at, &total);
    if (status == OK)
        status = read_reservations(&w, reserve_at, total, reserved);
    if (status == OK)
        status = walk_structure(&w, visit, context);
    *why = w.why;
    return status;
}
