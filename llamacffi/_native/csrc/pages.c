#if defined(__linux__) && !defined(_GNU_SOURCE)
#    define _GNU_SOURCE // madvise
#endif

#include "pages.h"

#if defined(__linux__)
#    include <sys/mman.h>
#    include <unistd.h>
#    if !defined(MADV_POPULATE_WRITE)
#        define MADV_POPULATE_WRITE 23 // Linux 5.14; an older one refuses it
#    endif
#endif

#define HUGE_PAGE ((uintptr_t) 2 << 20)

void lcffi_huge_pages(const uint8_t * data, size_t size) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    const uintptr_t page  = (uintptr_t) sysconf(_SC_PAGESIZE);
    const uintptr_t begin = ((uintptr_t) data + page - 1) / page * page;
    const uintptr_t end   = ((uintptr_t) data + size) / page * page;
    // The part that huge pages can cover.
    const uintptr_t first = (begin + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    const uintptr_t last  = end / HUGE_PAGE * HUGE_PAGE;
    if (first < last) {
        (void) madvise((void *) first, last - first, MADV_HUGEPAGE);
        (void) madvise((void *) begin, first - begin, MADV_POPULATE_WRITE);
        (void) madvise((void *) last, end - last, MADV_POPULATE_WRITE);
    }
#else
    (void) data;
    (void) size;
#endif
}
