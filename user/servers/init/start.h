/* user/servers/init/start.h - what init is born with besides what any program has: the
 * boot command line. */
#pragma once

/* The value of the last word `name`=value of the boot command line, its quotes as they
 * are; "" if there is none.  It stays until the next call. */
const char *bootargs_value(const char *name);
