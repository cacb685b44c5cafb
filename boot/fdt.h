/* boot/fdt.h - what the device tree says, in one struct.
 *
 * fdt_parse() reads the flattened tree once and copies all it needs; nothing reads the
 * tree later, so its memory can be used.  Pure: it runs in the tests on the host too.
 * Source: Devicetree Specification 0.4, chapters 2, 3 and 5; for harts and interrupts the
 * bindings riscv/cpus.yaml and sifive,plic-1.0.0.yaml. */
#pragma once

#include "lib/range.h"

#define BOOT_HARTS_MAX    8
#define BOOT_BOOTARGS_MAX 1024
#define BOOT_NO_CONTEXT   UINT32_MAX
#define BOOT_NO_INTERRUPT 0 /* source 0 of a PLIC does not exist */

struct boot_hart {
    uint64_t id;
    bool has_sstc;
    uint32_t controller;   /* its interrupt controller's phandle; 0: none */
    uint32_t plic_context; /* of its S-mode, or BOOT_NO_CONTEXT */
};

struct boot_device {
    struct range registers; /* empty: there is no such device */
    uint32_t interrupt;     /* its source at the PLIC, or BOOT_NO_INTERRUPT */
};

struct boot_info {
    struct range_set memory;   /* all RAM; banks that touch are one range            */
    struct range_set reserved; /* the firmware's and others': not to be touched      */
    size_t nr_harts;           /* those in harts[]                                   */
    size_t nr_harts_found;     /* may be more                                        */
    struct boot_hart harts[BOOT_HARTS_MAX];
    uint64_t ticks_per_second; /* of the `time` register; never 0                    */
    bool bootargs_cut;         /* they were longer than there is room                */
    char bootargs[BOOT_BOOTARGS_MAX];
    struct range initrd;     /* physical, empty: none                              */
    struct boot_device uart; /* ns16550a                                           */
    uint32_t uart_reg_shift; /* its registers are 2^shift bytes apart              */
    struct boot_device plic;
    uint32_t plic_sources;   /* highest source number                              */
    struct boot_device test; /* sifive,test1: ends QEMU with an exit status        */
};

/* Parse the tree of at most `tree_bytes` readable bytes at `tree` (8-byte aligned).
 * `boot_hart_id` is kept in harts[] even if there are more harts than room.
 * Returns NULL, or what is wrong: the tree is malformed, lacks memory, harts or timebase,
 * or has a device in memory; `out` is undefined then. */
MUST_CHECK const char *fdt_parse(const void *tree, size_t tree_bytes,
                                 uint64_t boot_hart_id, struct boot_info *out);
