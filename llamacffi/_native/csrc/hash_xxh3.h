// XXH3, compiled with whatever instructions the including file is compiled for.
#pragma once

#define XXH_INLINE_ALL // no symbol of it leaves the file, and none of another xxHash in the process gets in
#include "vendor/hash/xxhash/xxhash.h"

#include <string.h>

static void hash_xxh3_128(const uint8_t * data, size_t size, uint8_t * digest) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, size));
    memcpy(digest, canonical.digest, sizeof canonical.digest);
}
