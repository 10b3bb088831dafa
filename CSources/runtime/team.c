// The thread team: one OpenMP parallel region a call, chunks taken from atomic counters. Each member begins with a range of
// its own, so that from call to call its part of an array stays in its core's caches, and then helps with the others'.
//
// Why not schedule(dynamic): current compilers emit calls for it that older OpenMP runtimes lack, and
// the counters are as fast. Why OpenMP at all: its runtime keeps the workers of the last region spinning
// for a while, so a region that follows soon starts in about a microsecond.
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#ifdef __linux__
#include <sched.h>
#endif
#include <unistd.h>

#include "internal.h"

#ifdef _OPENMP
// Declared here because omp.h is not on every compiler's path (the library is another compiler's).
extern int omp_get_thread_num(void);
#endif

enum { most_threads = 1024, most_ranges = 64 };

// A count in an environment variable, or 0. OMP_NUM_THREADS may be a list; its first item counts.
static int threads_from(const char *variable) {
    const char *text = getenv(variable);
    if (text == NULL) return 0;
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || errno != 0 || value < 1) return 0;
    return value > most_threads ? most_threads : (int)value;
}

static int default_threads(void) {
    int n = threads_from("APUS_NUM_THREADS");
    if (n == 0) n = threads_from("OMP_NUM_THREADS");
#ifdef __linux__
    if (n == 0) {
        cpu_set_t mask;
        if (sched_getaffinity(0, sizeof mask, &mask) == 0) n = CPU_COUNT(&mask);
    }
#endif
    if (n == 0) n = (int)sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > most_threads ? most_threads : n;
}

static atomic_int thread_count = 0; // 0 until the first call

int apus_get_threads(void) {
    int n = atomic_load_explicit(&thread_count, memory_order_relaxed);
    if (n > 0) return n;
    int unresolved = 0;
    n = default_threads();
    return atomic_compare_exchange_strong(&thread_count, &unresolved, n) ? n : unresolved;
}

apus_status apus_set_threads(int n) {
    if (n < 1 || n > most_threads) return APUS_ERROR_VALUE;
    atomic_store(&thread_count, n);
    return APUS_OK;
}

// What this thread is doing. Not omp_in_parallel: a body may also run on a caller's own threads.
typedef struct {
    int inside; // 1 within a body
    int member;
} team_state;
static _Thread_local team_state state;

int apus_team_size(void) {
#ifdef _OPENMP
    return state.inside ? 1 : apus_get_threads();
#else
    return 1;
#endif
}

int apus_team_member(void) { return state.member; }

// member is 0 for a nested call too: whoever starts it has sized its scratch area for a team of one.
static void run_serially(ptrdiff_t count, ptrdiff_t grain, apus_range_fn fn, void *context) {
    team_state outer = state;
    state = (team_state){1, 0};
    for (ptrdiff_t begin = 0; begin < count;) {
        ptrdiff_t end = count - begin <= grain ? count : begin + grain;
        fn(context, begin, end);
        begin = end;
    }
    state = outer;
}

#ifdef _OPENMP
// The first chunk of range k.
static ptrdiff_t range_start(ptrdiff_t chunks, int ranges, int k) {
    return chunks / ranges * k + apus_min(k, chunks % ranges);
}

static void run_team(int team, ptrdiff_t chunks, ptrdiff_t count, ptrdiff_t grain, apus_range_fn fn, void *context) {
    const int ranges = team < most_ranges ? team : most_ranges;
    // A cache line for each: a counter moves between cores, its neighbours should not.
    struct {
        _Alignas(APUS_CACHE_LINE) atomic_ptrdiff_t next;
    } range[most_ranges];
    for (int k = 0; k < ranges; k++) atomic_init(&range[k].next, range_start(chunks, ranges, k));
#pragma omp parallel num_threads(team) default(none) shared(range) firstprivate(ranges, chunks, count, grain, fn, context)
    {
        team_state outer = state;
        state = (team_state){1, omp_get_thread_num()};
        for (int k = 0, own = state.member % ranges; k < ranges; k++, own = (own + 1) % ranges) {
            const ptrdiff_t end = range_start(chunks, ranges, own + 1);
            for (;;) {
                ptrdiff_t chunk = atomic_fetch_add_explicit(&range[own].next, 1, memory_order_relaxed);
                if (chunk >= end) break;
                ptrdiff_t begin = chunk * grain;
                fn(context, begin, count - begin <= grain ? count : begin + grain);
            }
        }
        state = outer;
    }
}
#endif

apus_status apus_parallel_for_team(int team, ptrdiff_t count, ptrdiff_t grain, apus_range_fn fn, void *context) {
    if (fn == NULL) return APUS_ERROR_NULL;
    if (grain < 1) return APUS_ERROR_VALUE;
    if (count <= 0) return APUS_OK;
#ifdef _OPENMP
    ptrdiff_t chunks = count / grain + (count % grain != 0);
    if (chunks < team) team = (int)chunks;
    if (team > 1 && !state.inside) {
        run_team(team, chunks, count, grain, fn, context);
        return APUS_OK;
    }
#else
    (void)team;
#endif
    run_serially(count, grain, fn, context);
    return APUS_OK;
}

apus_status apus_parallel_for(ptrdiff_t count, ptrdiff_t grain, apus_range_fn fn, void *context) {
    return apus_parallel_for_team(apus_team_size(), count, grain, fn, context);
}
