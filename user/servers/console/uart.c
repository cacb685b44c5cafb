/* user/servers/console/uart.c - see uart.h. */
#include "user/servers/console/uart.h"
#include "kernel/abi/addresses.h"
#include "lib/bits.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

#define REGISTERS_AT ((uint64_t)1 << 32)

enum uart_register {
    DATA = 0,             /* read: received; written: to be sent */
    INTERRUPT_ENABLE = 1, /* the two bits below                  */
    FIFO_CONTROL = 2,     /* bit 0: have queues                  */
    LINE_STATUS = 5,      /* the two bits below                  */
};

#define WHEN_RECEIVED 0x01
#define WHEN_ROOM     0x02
#define RECEIVED      0x01
#define HAS_ROOM      0x20

static volatile uint8_t *registers;
static handle_t irq;

static status_t registers_map(uint64_t start) {
    uint64_t memory, first_page = align_down(start, USER_PAGE_BYTES);
    status_t st = memory_physical(own_system, first_page, USER_PAGE_BYTES, &memory);
    if (st == OK)
        st = space_map(own_process, (handle_t)memory, REGISTERS_AT, 0, USER_PAGE_BYTES,
                       MAP_READ | MAP_WRITE);
    registers = (volatile uint8_t *)(REGISTERS_AT + (start - first_page));
    return st;
}

status_t uart_open(uint64_t start, uint64_t source, handle_t notification) {
    uint64_t made = 0;
    status_t st = registers_map(start);
    if (st == OK)
        st = irq_create(own_system, source, &made);
    irq = (handle_t)made;
    if (st == OK)
        st = irq_bind(irq, notification, 1);
    if (st != OK)
        return st;
    /* The driver before us may have died with an interrupt on its way: let it go away, so
     * that it can come again.  QEMU's PLIC looks at changes only. */
    registers[INTERRUPT_ENABLE] = 0;
    registers[FIFO_CONTROL] = 1;
    return OK;
}

bool uart_get(char *c) {
    if ((registers[LINE_STATUS] & RECEIVED) == 0)
        return false;
    *c = (char)registers[DATA];
    return true;
}

bool uart_put(char c) {
    if ((registers[LINE_STATUS] & HAS_ROOM) == 0)
        return false;
    registers[DATA] = (uint8_t)c;
    return true;
}

void uart_listen(bool for_input, bool for_room) {
    registers[INTERRUPT_ENABLE] =
        (uint8_t)((for_input ? WHEN_RECEIVED : 0) | (for_room ? WHEN_ROOM : 0));
    (void)!irq_acknowledge(irq); /* it is bound: this is always OK */
}
