// GCC before 12.4 and 13.3 tells the optimiser that _tile_loadconfig reads 8 of its 64 bytes (GCC bug 114098): the rest of
// the configuration is never stored, and the first tile instruction after it is illegal. Included before ggml's AMX code.
#pragma once

#include <immintrin.h>

static inline void lcffi_tile_loadconfig(const void * config) {
    __asm__ volatile("ldtilecfg %0" : : "m"(*(const char(*)[64]) config));
}
#undef _tile_loadconfig
#define _tile_loadconfig lcffi_tile_loadconfig
