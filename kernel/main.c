/* kernel/main.c - a table of contents: how the kernel comes to life, in order.
 *
 * boot/entry.S calls kernel_main() on the hart that boots, in the upper half, on its
 * stack, with .bss cleared.  The right-hand comments say what is possible from there
 * on. */
#include "boot/early.h"
#include "boot/fdt.h"
#include "boot/sbi.h"
#include "kernel/space.h"
#include "kernel/first.h"
#include "kernel/irq.h"
#include "kernel/kspace.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/power.h"
#include "kernel/ram.h"
#include "kernel/checks.h"
#include "kernel/smp.h"
#include "kernel/timer.h"
#include "kernel/trace.h"
#include "kernel/trap.h"
#include "mm/frame.h"
#include "mm/heap.h"

LOG_MODULE("boot");

/* (c) after boot */
static struct boot_info boot_info;
static struct ram ram;

NORETURN void kernel_main(uint64_t boot_hart_id, uint64_t device_tree);

/* If there is a reason why, the machine is not one we can run on.  Not a panic: it is
 * nobody's bug. */
static void refuse_if(const char *why) {
    if (why == NULL)
        return;
    log_error("cannot boot: %s", why);
    power_finish(1);
}

static void read_device_tree(uint64_t boot_hart_id, uint64_t device_tree) {
    const char *why = fdt_parse(phys_to_virt(paddr(device_tree)), EARLY_TREE_BYTES,
                                boot_hart_id, &boot_info);
    if (why != NULL)
        log_error("the device tree at %#lx is not usable (QEMU: is there memory enough, "
                  "-m 32M?)",
                  device_tree);
    refuse_if(why);
}

static void report_option(const char *problem, const char *word, size_t word_bytes) {
    log_warn("option ignored: %.*s (%s)", (int)word_bytes, word, problem);
}

static void read_options(void) {
    options_parse(boot_info.bootargs, &options, report_option);
    const char *refused = log_set_levels(options.log);
    if (refused != NULL)
        log_warn("log=%s: the first of these is no level or module", refused);
    if (boot_info.bootargs_cut)
        log_warn("the boot command line was cut to %d characters", BOOT_BOOTARGS_MAX - 1);
}

static void report_machine(void) {
    log_info("hart %lu boots; %zu harts, timebase %lu Hz, timer by %s", harts[0].id,
             boot_info.nr_harts_found, boot_info.ticks_per_second, timer_name());
    uint64_t version = sbi_ask(SBI_SPEC_VERSION, 0) ?: 1; /* who knows no more is 0.1 */
    log_info("SBI %lu.%lu, implementation %lu version %#lx, console by %s", version >> 24,
             version & 0xffffff, sbi_ask(SBI_IMPL_ID, 0), sbi_ask(SBI_IMPL_VERSION, 0),
             sbi_has(SBI_DBCN) ? "DBCN" : "the legacy call");
    log_info("bootargs: %s", boot_info.bootargs);
}

static void memory_init(void) {
    refuse_if(ram_init(&boot_info, &ram));                 /* else: frame_alloc() */
    heap_init();                                           /* from here: kmalloc() */
    heap_set_rescue(rescue_with_frames, rescue_give_back); /* from here: it grows  */
    trace_init(options.trace);                             /* from here: it is watched */
    kspace_init(&ram.mapped, boot_info.test.registers, boot_info.plic.registers);
}

static void memory_print(void) {
    char bytes[FORMAT_BYTES_MAX];
    struct frame_stats frames;
    struct range space = heap_space();
    frame_get_stats(&frames);
    kspace_print_sections();
    console_printf("HEAP_SPACE [%#lx, %#lx), %s, in .bss\n", space.start, space.end,
                   format_bytes(space.end - space.start, bytes));
    console_printf("last %zu Physical Frames.\n", frames.free_frames);
}

void kernel_main(uint64_t boot_hart_id, uint64_t device_tree) {
    smp_init_boot_hart(boot_hart_id); /* from here: hart_current()                 */
    trap_init();                      /* from here: a bug panics, it does not hang */
    console_printf("\nHuoban (%s). To leave QEMU: Ctrl-A X\n",
                   DEBUG ? "debug" : "release");
    read_device_tree(boot_hart_id, device_tree);
    power_init(&boot_info); /* from here: QEMU gets an exit status       */
    read_options();         /* from here: options, log levels            */
    timer_init(&boot_info); /* from here: timer_now_ns()                 */
    smp_init(&boot_info);   /* from here: nr_harts, harts[]              */
    report_machine();
    memory_init(); /* from here: frames, heap, W^X, guard pages */
    memory_print();
    asid_init(!options.no_asids); /* from here: process_create()            */
    irq_init(&boot_info);         /* from here: irq_create()                  */
    smp_start_others();           /* from here: smp_call()                     */
    unsigned nr_failed = selftest_run(options.test);
    nr_failed += benchmark_run(options.bench);
    trace_begin_notes(); /* from here: threads are watched, if wanted */
    first_run(boot_info.bootargs, ram.initrd, nr_failed != 0); /* and what it starts */
}
