// Memory that is about to be written for the first time.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Ask the system for huge pages under `size` bytes, and for the small ones at both ends at once: most of the time of
// a first write goes into making pages. Does nothing where the system knows none of this; not an error.
void lcffi_huge_pages(const uint8_t * data, size_t size);

#ifdef __cplusplus
}
#endif
