#define _GNU_SOURCE
#include "harness.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static int passed, failed;
static atomic_long checks, failures, cases;
enum { printed_failures = 12 };

void harness_run(const char *name, void (*test)(void)) {
    atomic_store(&checks, 0);
    atomic_store(&failures, 0);
    atomic_store(&cases, 0);
    printf("%s ...\n", name);
    fflush(stdout);
    test();
    long made = atomic_load(&checks), bad = atomic_load(&failures);
    bool ok = made > 0 && bad == 0;
    if (made == 0) printf("    made no check\n");
    printf("%s %s (%ld checks, %ld failed)\n", ok ? "ok    " : "FAILED", name, made, bad);
    fflush(stdout);
    if (ok) passed++;
    else failed++;
}

int harness_finish(void) {
    if (passed + failed == 0) failed = 1; // A program without tests proves nothing.
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}

bool harness_check(bool ok, const char *file, int line, const char *format, ...) {
    atomic_fetch_add(&checks, 1);
    if (ok) return true;
    long count = atomic_fetch_add(&failures, 1);
    if (count < printed_failures) {
        const char *name = strrchr(file, '/');
        char text[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        printf("    %s:%d: %s\n", name == NULL ? file : name + 1, line, text);
    } else if (count == printed_failures) {
        printf("    ...\n");
    }
    return false;
}

bool harness_check_status(apus_status got, apus_status expected, const char *file, int line, const char *text) {
    return harness_check(got == expected, file, line, "%s: got %d (%s), not %d", text, (int)got,
                         apus_status_string(got), (int)expected);
}

bool harness_check_int(long long a, long long b, const char *file, int line, const char *text) {
    return harness_check(a == b, file, line, "%s: %lld, %lld", text, a, b);
}

bool harness_check_relative(double a, double b, double tolerance, const char *file, int line, const char *text) {
    bool ok = a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance * fmax(fabs(a), fabs(b));
    return harness_check(ok, file, line, "%s: %.9g, %.9g, tolerance %g", text, a, b, tolerance);
}

bool harness_check_absolute(double a, double b, double tolerance, const char *file, int line, const char *text) {
    bool ok = a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= tolerance;
    return harness_check(ok, file, line, "%s: %.9g, %.9g, tolerance %g", text, a, b, tolerance);
}

bool harness_check_ulps(float a, double b, double ulps, const char *file, int line, const char *text) {
    double error = ulp_error(a, b);
    return harness_check(error <= ulps, file, line, "%s: %.9g, %.17g: %g ulps, %g allowed", text, (double)a, b, error, ulps);
}

double ulp_error(float a, double exact) {
    if (isnan(a) || isnan(exact)) return isnan(a) && isnan(exact) ? 0 : INFINITY;
    float rounded = (float)exact;
    if (isinf(a) || isinf(rounded)) return a == rounded ? 0 : INFINITY;
    float size = fabsf(rounded);
    double step = (double)nextafterf(size, INFINITY) - (double)size;
    if (isinf(step)) step = (double)size - (double)nextafterf(size, 0);
    return fabs((double)a - exact) / step;
}

double relative_error(const float *a, const double *b, ptrdiff_t n) {
    double difference = 0, size = 0;
    for (ptrdiff_t i = 0; i < n; ++i) {
        double d = fabs((double)a[i] - b[i]);
        if (isnan(d)) return INFINITY;
        difference = fmax(difference, d);
        size = fmax(size, fabs(b[i]));
    }
    return difference == 0 ? 0 : difference / size;
}

double relative_l2(const float *a, const double *b, ptrdiff_t n) {
    double difference = 0, size = 0;
    for (ptrdiff_t i = 0; i < n; ++i) {
        double d = (double)a[i] - b[i];
        if (isnan(d)) return INFINITY;
        difference += d * d;
        size += b[i] * b[i];
    }
    return difference == 0 ? 0 : sqrt(difference / size);
}

bool mostly_zero(const float *x, ptrdiff_t n) {
    ptrdiff_t zeros = 0;
    for (ptrdiff_t i = 0; i < n; ++i) zeros += x[i] == 0;
    return (double)zeros > 0.3 * (double)n;
}

bool same_bits(const void *a, const void *b, size_t bytes) { return bytes == 0 || memcmp(a, b, bytes) == 0; }

uint64_t random_bits(random_state *random) {
    uint64_t z = (random->state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double random_unit(random_state *random) { return (double)(random_bits(random) >> 11) * 0x1p-53; }

ptrdiff_t random_index(random_state *random, ptrdiff_t count) {
    return (ptrdiff_t)(random_bits(random) % (uint64_t)count);
}

void fill_f32(random_state *random, float *x, ptrdiff_t n, double low, double high) {
    for (ptrdiff_t i = 0; i < n; ++i) x[i] = (float)(low + (high - low) * random_unit(random));
}

void fill_f64(random_state *random, double *x, ptrdiff_t n, double low, double high) {
    for (ptrdiff_t i = 0; i < n; ++i) x[i] = low + (high - low) * random_unit(random);
}

void fill_integers_f32(random_state *random, float *x, ptrdiff_t n, int low, int high) {
    for (ptrdiff_t i = 0; i < n; ++i) x[i] = (float)(low + (int)random_index(random, (ptrdiff_t)high - low + 1));
}

void fill_nan_f32(float *x, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; ++i) x[i] = NAN;
}

void fill_nan_f64(double *x, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; ++i) x[i] = NAN;
}

guarded guard_alloc(size_t bytes, guard_side side) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = (bytes + page - 1) / page * page;
    guarded array = {NULL, NULL, inner + 2 * page};
    char *base = mmap(NULL, array.mapping_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || (inner > 0 && mprotect(base + page, inner, PROT_READ | PROT_WRITE) != 0)) {
        fprintf(stderr, "the harness has no memory for a guarded array\n");
        exit(2);
    }
    array.mapping = base;
    array.data = base + page + (side == GUARD_END ? inner - bytes : 0);
    return array;
}

void guard_free(guarded *array) {
    if (array->mapping != NULL) munmap(array->mapping, array->mapping_bytes);
    *array = (guarded){NULL, NULL, 0};
}

// apus_alloc is the only caller of posix_memalign here: this definition takes the C library's place.
static atomic_long allocations, failing;

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    atomic_fetch_add(&allocations, 1);
    if (atomic_load(&failing) > 0 && atomic_fetch_sub(&failing, 1) == 1) return ENOMEM;
    *block = memalign(alignment, bytes);
    return *block == NULL ? ENOMEM : 0;
}

void harness_fail_allocation(long n) { atomic_store(&failing, n); }
long harness_until_failure(void) { return atomic_load(&failing); }
long harness_allocations(void) { return atomic_load(&allocations); }

bool harness_is_quick(void) { return getenv("APUS_TEST_QUICK") != NULL; }

bool harness_skips_case(void) {
    const char *share = getenv("APUS_TEST_SHARE");
    const long one_of = share == NULL ? 1 : strtol(share, NULL, 10);
    return one_of > 1 && atomic_fetch_add(&cases, 1) % one_of != 0;
}

void harness_own_path(char *path, int bytes) {
    FILE *link = popen("readlink /proc/$PPID/exe", "r");
    CHECK(link != NULL && fgets(path, bytes, link) != NULL);
    if (link != NULL) pclose(link);
    path[strcspn(path, "\n")] = 0;
    if (strstr(path, "qemu") != NULL || strstr(path, "valgrind") != NULL) path[0] = 0;
}

int harness_next_isa(int isa, int saved) {
    // A run for each variant through APUS_ISA need not go through the others again.
    if (getenv("APUS_TEST_ONE_ISA") != NULL) return isa < 0 ? saved : -1;
    static const apus_isa all[] = {APUS_ISA_SCALAR, APUS_ISA_AVX2, APUS_ISA_AVX512, APUS_ISA_NEON};
    for (int i = isa + 1; i < (int)(sizeof all / sizeof all[0]); ++i)
        if (apus_set_isa(all[i]) == APUS_OK) return i;
    apus_set_isa((apus_isa)saved);
    return -1;
}
