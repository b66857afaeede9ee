// XXH3, compiled with whatever instructions the including file is compiled for.
#pragma once

// Far ahead: what is hashed was just written and is no longer near. At the 384 bytes of xxHash's own choice the hash of
// 14 MB takes 1.5 ms, at 2048 1.1, at 4096 1.0.
#define XXH_PREFETCH_DIST 4096
#define XXH_INLINE_ALL // no symbol of it leaves the file, and none of another xxHash in the process gets in
#if __has_include("vendor/hash/xxhash/xxhash.h")
#    include "vendor/hash/xxhash/xxhash.h"
#else // before llama.cpp 0.1
#    include "examples/gguf-hash/deps/xxhash/xxhash.h"
#endif

#include <string.h>

static void hash_xxh3_128(const uint8_t * data, size_t size, uint8_t * digest) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(data, size));
    memcpy(digest, canonical.digest, sizeof canonical.digest);
}
