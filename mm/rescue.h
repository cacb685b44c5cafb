/* mm/rescue.h - frames for a heap that has run out: what heap_set_rescue() is given. */
#pragma once

#include "mm/heap.h"

heap_rescue_fn rescue_with_frames;
heap_give_back_fn rescue_give_back;
