/* user/apps/rtc.c - a whole driver in one file: QEMU's real-time clock tells the date and
 * rings an alarm.
 *
 * What every driver does: map the device's registers, bind its interrupt to a
 * notification, and then again and again acknowledge, wait, and look after the device.
 * The address and the source are what the device tree of QEMU's machine `virt` says of
 * google,goldfish-rtc.   Run it with the right to devices: make run APP=@rtc
 * Source: QEMU 7.2, hw/rtc/goldfish_rtc.c. */
#include "kernel/abi/addresses.h"
#include "user/lib/clock.h"
#include "user/lib/space.h"
#include "user/lib/start.h"
#include "user/lib/stdio.h"
#include "user/lib/syscall.h"

#define RTC_START  ((uint64_t)0x101000)
#define RTC_SOURCE 11
#define RTC_AT     ((uint64_t)1 << 32) /* in this program */

#define NS_PER_SECOND ((uint64_t)1000000000)
#define ALARMS        3
#define BETWEEN_NS    (NS_PER_SECOND / 10)
#define PATIENCE_NS   (5 * NS_PER_SECOND)

/* Registers of 4 bytes; times are ns since 1970.  Reading the low half of the time keeps
 * the high half for the next read, writing the low half of the alarm sets it: so the low
 * half is read first, and written last. */
struct rtc {
    uint32_t time_low;
    uint32_t time_high;
    uint32_t alarm_low;
    uint32_t alarm_high;
    uint32_t interrupt_enable;
    uint32_t alarm_clear;
    uint32_t alarm_status;
    uint32_t interrupt_clear;
};

static volatile struct rtc *const rtc = (volatile struct rtc *)RTC_AT;

/* ---- the device ---- */

static uint64_t rtc_now_ns(void) {
    uint64_t low = rtc->time_low;
    return (uint64_t)rtc->time_high << 32 | low;
}

static void rtc_set_alarm(uint64_t at_ns) {
    rtc->interrupt_enable = 1;
    rtc->alarm_high = (uint32_t)(at_ns >> 32);
    rtc->alarm_low = (uint32_t)at_ns;
}

static status_t rtc_map(void) {
    uint64_t memory;
    status_t st = memory_physical(own_system, RTC_START, USER_PAGE_BYTES, &memory);
    if (st == OK)
        st = space_map(own_process, (handle_t)memory, RTC_AT, 0, USER_PAGE_BYTES,
                       MAP_READ | MAP_WRITE);
    return st;
}

static status_t rtc_bind(handle_t *irq, handle_t *notification) {
    uint64_t made_irq = 0, made_notification = 0;
    status_t st = irq_create(own_system, RTC_SOURCE, &made_irq);
    if (st == OK)
        st = notification_create(&made_notification);
    *irq = (handle_t)made_irq;
    *notification = (handle_t)made_notification;
    return st == OK ? irq_bind(*irq, *notification, 1) : st;
}

/* ERR_TIMEOUT if the device does not interrupt. */
static status_t rtc_wait(handle_t irq, handle_t notification) {
    uint64_t bits, end_ns = clock_now_ns() + PATIENCE_NS;
    status_t st = irq_acknowledge(irq);
    if (st == OK)
        st = notification_wait_until(notification, end_ns, &bits);
    rtc->interrupt_clear = 1;
    return st;
}

/* ---- what it is used for ---- */

static bool is_leap(uint64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint64_t days_of_month(uint64_t year, unsigned month) {
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && is_leap(year) ? 1u : 0u);
}

static void date_print(uint64_t since_1970_ns) {
    uint64_t seconds = since_1970_ns / NS_PER_SECOND, days = seconds / 86400;
    uint64_t year = 1970;
    unsigned month = 0;
    for (; days >= (is_leap(year) ? 366u : 365u); year++)
        days -= is_leap(year) ? 366u : 365u;
    for (; days >= days_of_month(year, month); month++)
        days -= days_of_month(year, month);
    printf("rtc: %lu-%02u-%02lu %02lu:%02lu:%02lu UTC\n", year, month + 1, days + 1,
           seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

/* Set an alarm and wait for it; times are the device's own. */
static status_t alarm_ring(handle_t irq, handle_t notification, int number) {
    uint64_t begun_ns = rtc_now_ns();
    rtc_set_alarm(begun_ns + BETWEEN_NS);
    status_t st = rtc_wait(irq, notification);
    uint64_t waited_ns = rtc_now_ns() - begun_ns;
    if (st == OK)
        printf("rtc: alarm %d after %lu us, %lu us late\n", number, waited_ns / 1000,
               (waited_ns - BETWEEN_NS) / 1000);
    return st == OK && waited_ns < BETWEEN_NS ? ERR_INVALID : st;
}

int main(int argc, char **argv) {
    handle_t irq, notification;
    (void)argc, (void)argv;
    status_t st = rtc_map();
    if (st == OK)
        st = rtc_bind(&irq, &notification);
    if (st == OK)
        date_print(rtc_now_ns());
    for (int i = 1; st == OK && i <= ALARMS; i++)
        st = alarm_ring(irq, notification, i);
    if (st != OK)
        printf("rtc: %s\n", status_text(st));
    return st == OK ? 0 : 1;
}
