#include "hash.h"

#include "hash_xxh3.h"

#if defined(LCFFI_HASH_AVX2)
void lcffi_xxh3_128_avx2(const uint8_t * data, size_t size, uint8_t * digest);
#endif

void lcffi_xxh3_128(const uint8_t * data, size_t size, uint8_t * digest) {
#if defined(LCFFI_HASH_AVX2)
    if (__builtin_cpu_supports("avx2")) {
        lcffi_xxh3_128_avx2(data, size, digest);
        return;
    }
#endif
    hash_xxh3_128(data, size, digest);
}
