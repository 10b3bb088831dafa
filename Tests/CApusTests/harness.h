// A small test harness for the C core.
//
//   static void adds(void) { CHECK(1 + 1 == 2); }
//   int main(void) { RUN(adds); return harness_finish(); }
//
// A test that made no check counts as failed.
#ifndef APUS_TEST_HARNESS_H
#define APUS_TEST_HARNESS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../include/apus/runtime.h"
#include "../../include/apus/status.h"

#define RUN(function) harness_run(#function, function)
void harness_run(const char *name, void (*test)(void));
// Prints "N passed, N failed" (tests); the value to return from main.
int harness_finish(void);

// Counts a check and, up to a limit for each test, prints a failed one. Safe on several threads.
bool harness_check(bool ok, const char *file, int line, const char *format, ...) __attribute__((format(printf, 4, 5)));

#define CHECK(condition) harness_check((condition), __FILE__, __LINE__, "%s", #condition)
// CHECK_MSG(condition, format, ...): says more where it fails.
#define CHECK_MSG(condition, ...) harness_check((condition), __FILE__, __LINE__, __VA_ARGS__)
#define CHECK_STATUS(expression, expected) harness_check_status((expression), (expected), __FILE__, __LINE__, #expression)
#define CHECK_INT(a, b) harness_check_int((long long)(a), (long long)(b), __FILE__, __LINE__, #a " == " #b)
// |a - b| <= tolerance * max(|a|, |b|), or both NaN, or equal (infinities).
#define CHECK_RELATIVE(a, b, tolerance) harness_check_relative((a), (b), (tolerance), __FILE__, __LINE__, #a " ~ " #b)
#define CHECK_ABSOLUTE(a, b, tolerance) harness_check_absolute((a), (b), (tolerance), __FILE__, __LINE__, #a " ~ " #b)
// a within `ulps` float32 steps of the exact value b.
#define CHECK_ULPS(a, b, ulps) harness_check_ulps((a), (b), (ulps), __FILE__, __LINE__, #a " ~ " #b)
bool harness_check_status(apus_status got, apus_status expected, const char *file, int line, const char *text);
bool harness_check_int(long long a, long long b, const char *file, int line, const char *text);
bool harness_check_relative(double a, double b, double tolerance, const char *file, int line, const char *text);
bool harness_check_absolute(double a, double b, double tolerance, const char *file, int line, const char *text);
bool harness_check_ulps(float a, double b, double ulps, const char *file, int line, const char *text);

// |a - exact| in units of the last place of the float32 nearest to exact; 0 where both are NaN or the
// same infinity, infinite where only one is.
double ulp_error(float a, double exact);
// max |a - b| / max |b| (0 for two zero arrays); NaN anywhere gives infinity.
double relative_error(const float *a, const double *b, ptrdiff_t n);
// ||a - b|| / ||b|| in the Euclidean norm.
double relative_l2(const float *a, const double *b, ptrdiff_t n);
// Whether over 30 % of x are zero: such an output tests nothing.
bool mostly_zero(const float *x, ptrdiff_t n);
bool same_bits(const void *a, const void *b, size_t bytes);

// Seeded random numbers (splitmix64): the same on every machine.
typedef struct random_state { uint64_t state; } random_state;
uint64_t random_bits(random_state *random);
double random_unit(random_state *random);                         // [0, 1)
ptrdiff_t random_index(random_state *random, ptrdiff_t count);    // [0, count)
void fill_f32(random_state *random, float *x, ptrdiff_t n, double low, double high);
void fill_f64(random_state *random, double *x, ptrdiff_t n, double low, double high);
void fill_integers_f32(random_state *random, float *x, ptrdiff_t n, int low, int high); // low ... high
void fill_nan_f32(float *x, ptrdiff_t n);
void fill_nan_f64(double *x, ptrdiff_t n);

// An array between two pages that may not be touched: a read or write past its end (GUARD_END, the
// array ends flush with the page) or before its start (GUARD_START) is a crash. GUARD_END keeps only
// the alignment that `bytes` implies, so an odd size is a misaligned array.
typedef enum guard_side { GUARD_END, GUARD_START } guard_side;
typedef struct guarded {
    void *data;
    void *mapping;
    size_t mapping_bytes;
} guarded;
guarded guard_alloc(size_t bytes, guard_side side);
void guard_free(guarded *array);

// Makes the n-th apus_alloc from now (1 = the next) fail, once; 0 = never. Returns to 0 by itself.
void harness_fail_allocation(long n);
// How many allocations from now the one that is to fail is; 0 where it has failed or none is to.
long harness_until_failure(void);
// Allocations that apus_alloc made in all.
long harness_allocations(void);

// Runs the statement with every variant that this processor has, then restores the one before.
//   FOR_EACH_ISA(isa) { ... }
#define FOR_EACH_ISA(isa)                                                                            \
    for (int isa##_saved = (int)apus_get_isa(), isa = harness_next_isa(-1, isa##_saved); isa >= 0;    \
         isa = harness_next_isa(isa, isa##_saved))
int harness_next_isa(int isa, int saved);

// Whether APUS_TEST_QUICK asks for a fraction of the shapes, for runs under sanitizers and emulators, which
// are many times slower and look for other faults than a wrong sum at one shape.
bool harness_is_quick(void);
// Whether a test leaves out the case at hand: of each test all but the first of so many as APUS_TEST_SHARE says, for
// valgrind.
bool harness_skips_case(void);

// This program's file, to start it anew; empty where an emulator or valgrind runs it.
void harness_own_path(char *path, int bytes);

#endif
