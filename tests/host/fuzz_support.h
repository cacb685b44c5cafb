/* tests/host/fuzz_support.h - what libFuzzer calls; each target defines it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t nr_bytes);
