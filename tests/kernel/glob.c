/* tests/kernel/glob.c - see glob.h.
 *
 * Only the last `*` seen can be worth going back to, so two positions are all the memory
 * it needs, and hostile patterns cost at most pattern times name. */
#include "tests/kernel/glob.h"

bool glob_matches(const char *pattern, size_t pattern_bytes, const char *name) {
    size_t p = 0;
    size_t star = pattern_bytes; /* none yet */
    const char *star_name = name;

    while (*name != '\0') {
        if (p < pattern_bytes && pattern[p] == '*') {
            star = p++;
            star_name = name;
        } else if (p < pattern_bytes && (pattern[p] == '?' || pattern[p] == *name)) {
            p++;
            name++;
        } else if (star < pattern_bytes) {
            p = star + 1; /* let the star take one character more */
            name = ++star_name;
        } else {
            return false;
        }
    }
    while (p < pattern_bytes && pattern[p] == '*')
        p++;
    return p == pattern_bytes;
}
