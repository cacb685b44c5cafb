/* huoban_mm.h - the memory management of Huoban for programs on a host: link libmm.a.
 *
 * A program may define port_panic() (mm/port.h) itself; else the library's says what is
 * wrong and aborts. */
#pragma once

#ifndef DEBUG
#define DEBUG 0 /* as the library was built */
#endif
#ifndef DIRECT_MAP_BASE
#define DIRECT_MAP_BASE 0 /* "physical" addresses are pointers */
#endif

#include "mm/buddy.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/port.h"
#include "mm/sv39.h"
