/* lib/status.c - see status.h. */
#include "lib/status.h"

const char *status_name(status_t status) {
    switch (status) {
#define STATUS(number, name, text)                                                       \
    case name:                                                                           \
        return #name;
#include "lib/status.def"
#undef STATUS
    }
    return "?";
}

const char *status_text(status_t status) {
    switch (status) {
#define STATUS(number, name, text)                                                       \
    case name:                                                                           \
        return text;
#include "lib/status.def"
#undef STATUS
    }
    return "unknown status";
}
