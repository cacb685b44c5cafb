/* tools/heapview/rename.h - the functions of mm/buddy.h under a policy's own names.
 *
 * With POLICY defined as firstfit, buddy_init is firstfit_init, and so on: so policies
 * whose functions have the same names fit into one program.  Comes before all of mm. */
#pragma once

#define RENAMED_AS(policy, name) policy##_##name
#define RENAMED_OF(policy, name) RENAMED_AS(policy, name)
#define RENAMED(name)            RENAMED_OF(POLICY, name)

#define buddy_init          RENAMED(init)
#define buddy_set_trace     RENAMED(set_trace)
#define buddy_add           RENAMED(add)
#define buddy_remove        RENAMED(remove)
#define buddy_alloc         RENAMED(alloc)
#define buddy_alloc_tagged  RENAMED(alloc_tagged)
#define buddy_is_tagged     RENAMED(is_tagged)
#define buddy_alloc_run     RENAMED(alloc_run)
#define buddy_free_run      RENAMED(free_run)
#define buddy_free          RENAMED(free)
#define buddy_free_sized    RENAMED(free_sized)
#define buddy_find          RENAMED(find)
#define buddy_walk          RENAMED(walk)
#define buddy_stats(b, out) RENAMED(stats)(b, out) /* not the struct */
#define buddy_check         RENAMED(check)
