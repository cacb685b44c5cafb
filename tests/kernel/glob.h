/* tests/kernel/glob.h - patterns with `*` (any characters) and `?` (any one).  Pure. */
#pragma once

#include "lib/compiler.h"

/* True if all of `name` is matched by the pattern, which need not be terminated. */
bool glob_matches(const char *pattern, size_t pattern_bytes, const char *name);
