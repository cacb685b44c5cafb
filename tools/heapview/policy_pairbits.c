/* tools/heapview/policy_pairbits.c - mm/pairbits.c, under names of its own.
 *
 * It tells its hook of what mm/buddy.c tells.  Steps are not counted: besides the bits of
 * pairs a free may look at blocks and lists. */
#define POLICY pairbits
#include "tools/heapview/rename.h"

#include "mm/pairbits.c"
#include "mm/pairbits_view.c"

#define policy_buddy policy_pairbits
#define POLICY_NAME  "pairbits"
#define COUNTS_STEPS false
#include "tools/heapview/policy_buddy.c"
