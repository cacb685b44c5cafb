/* tests/kernel/serial.c - see serial.h. */
#include "tests/kernel/serial.h"
#include "kernel/csr.h"
#include "kernel/kspace.h"
#include "kernel/timer.h"
#include "mm/sv39.h"
#include "tests/kernel/selftest.h"

#define START           ((uint64_t)0x10000000) /* alone in its 2 MiB */
#define IER             1 /* register: which interrupts it may raise */
#define IER_TRANSMITTER 2

static volatile uint8_t *const registers = (volatile uint8_t *)(DIRECT_MAP_BASE + START);

status_t serial_map(void) {
    status_t st = sv39_map(kspace_root(), (uintptr_t)registers, paddr(START),
                           sv39_page_bytes(SV39_2M), SV39_R | SV39_W | SV39_G, SV39_2M);
    __asm__ volatile("sfence.vma" ::: "memory");
    return st;
}

void serial_unmap(void) {
    CHECK_EQUAL(sv39_unmap(kspace_root(), (uintptr_t)registers, sv39_page_bytes(SV39_2M)),
                OK, "the serial port is out of reach again");
    __asm__ volatile("sfence.vma" ::: "memory");
}

void serial_set_interrupt(bool wants_one) {
    registers[IER] = wants_one ? IER_TRANSMITTER : 0;
}

bool serial_is_heard_within(uint64_t patience_ns) {
    uint64_t give_up_ns = timer_now_ns() + patience_ns;
    while ((csr_read(sip) & SIE_EXTERNAL) == 0)
        if (timer_now_ns() > give_up_ns)
            return false;
    return true;
}
