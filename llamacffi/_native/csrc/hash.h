// A checksum that costs less than the copy it checks.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The XXH3 hash of `size` bytes: 16 bytes to `digest`, in xxHash's canonical order.
void lcffi_xxh3_128(const uint8_t * data, size_t size, uint8_t * digest);

#ifdef __cplusplus
}
#endif
