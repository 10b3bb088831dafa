/// The processor, the thread team, and memory.
#ifndef APUS_RUNTIME_H
#define APUS_RUNTIME_H

#include "status.h"

APUS_BEGIN_DECLS

/// The instruction sets that kernels come in, weakest first within an architecture.
typedef enum apus_isa {
    APUS_ISA_SCALAR = 0, ///< Portable C; the specification of every other variant.
    APUS_ISA_AVX2 = 1,   ///< x86-64 with AVX2 and FMA.
    APUS_ISA_AVX512 = 2, ///< x86-64 with AVX-512 F, BW, DQ and VL.
    APUS_ISA_NEON = 3    ///< AArch64 Advanced SIMD.
} apus_isa;

/// The variant in use. Chosen once, at the first call: the strongest that the processor has, or the
/// one that the environment variable APUS_ISA names (scalar, avx2, avx512, neon) where it has it.
apus_isa apus_get_isa(void);
/// Chooses a variant from now on, for the whole process (tests and benchmarks).
/// APUS_ERROR_UNSUPPORTED: this processor lacks it; nothing changes.
apus_status apus_set_isa(apus_isa isa);
/// 1 if this processor can run the variant, else 0.
int apus_isa_supported(apus_isa isa);
/// "scalar", "avx2", "avx512", "neon"; "unknown" for any other value.
const char *apus_isa_name(apus_isa isa);

/// The number of threads that a call may use, at least 1. At start: APUS_NUM_THREADS, else
/// OMP_NUM_THREADS, else the processors that this process may run on.
int apus_get_threads(void);
/// Sets it for the whole process. APUS_ERROR_VALUE: n < 1 or n > 1024.
apus_status apus_set_threads(int n);

/// Bytes of this machine's data caches; a usual value where the system does not say.
typedef struct apus_caches {
    size_t l1; ///< first level, one core
    size_t l2; ///< second level, one core
    size_t l3; ///< third level, shared
} apus_caches;
apus_caches apus_get_caches(void);

/// Work on the items begin <= i < end.
typedef void (*apus_range_fn)(void *context, ptrdiff_t begin, ptrdiff_t end);
/// Calls fn over [0, count) in chunks of `grain` items (the last may be shorter), on up to
/// apus_get_threads() threads. The chunks do not depend on the number of threads, so a body whose
/// result depends on its own range alone gives the same bits on any number of them. Chunks are
/// handed out dynamically. Works inside a caller's own threads; a call from within fn runs serially.
/// count <= 0 does nothing. APUS_ERROR_NULL: fn; APUS_ERROR_VALUE: grain < 1.
apus_status apus_parallel_for(ptrdiff_t count, ptrdiff_t grain, apus_range_fn fn, void *context);

/// Memory aligned to 64 bytes (a cache line, an AVX-512 register), with at least one such line even
/// for bytes == 0. Null if it cannot be had. Blocks of 4 MiB and more ask for huge pages.
void *apus_alloc(size_t bytes);
/// Frees what apus_alloc gave; null is fine.
void apus_free(void *block);

APUS_END_DECLS
#endif
