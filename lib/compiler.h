/* lib/compiler.h - the few words that C lacks.
 *
 * Not here: anything about this kernel.  Every other header may include this one. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define NORETURN   __attribute__((noreturn))
#define NOINLINE   __attribute__((noinline))

/* For functions on the shortest paths: without a frame where it makes no call, since one
 * frame pointer more or less is 5 of 75 instructions.  Backtraces do not show it. */
#if __has_attribute(optimize)
#define FRAMELESS __attribute__((optimize("omit-frame-pointer")))
#else
#define FRAMELESS
#endif
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define IN_SECTION(name)  __attribute__((section(name), used))

#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The struct of type `type` whose member `member` is at `ptr`. */
/* clang-format off */
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */
