// Aligned memory.
#define _GNU_SOURCE
#include <stdlib.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#include "internal.h"

enum { huge_page = 2 << 20, huge_block = 4 << 20 };

void *apus_alloc(size_t bytes) {
    if (bytes > PTRDIFF_MAX - APUS_CACHE_LINE) return NULL;
    bytes = bytes == 0 ? APUS_CACHE_LINE : (bytes + APUS_CACHE_LINE - 1) / APUS_CACHE_LINE * APUS_CACHE_LINE;
    void *block = NULL;
    if (posix_memalign(&block, bytes >= huge_block ? huge_page : APUS_CACHE_LINE, bytes) != 0) return NULL;
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    // Whole huge pages only: the advice must not reach a neighbour's memory. Refusal does no harm.
    if (bytes >= huge_block) madvise(block, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
    return block;
}

void apus_free(void *block) { free(block); }
