/* lib/status.c - see status.h. */
#include "lib/status.h"

/* [-status] */
static const struct {
    const char *name, *text;
} statuses[] = {
#define STATUS(number, name, text) [-(number)] = {#name, text},
#include "lib/status.def"
#undef STATUS
};

const char *status_name(status_t status) {
    size_t index = 0 - (size_t)status;
    return index < ARRAY_SIZE(statuses) ? statuses[index].name : "?";
}

const char *status_text(status_t status) {
    size_t index = 0 - (size_t)status;
    return index < ARRAY_SIZE(statuses) ? statuses[index].text : "unknown status";
}
