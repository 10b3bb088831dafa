// Times the same work in several libraries under the same conditions.
//
// A row is one case in one library. Every measurement runs in a process of its own, forked from this one before
// it has started a thread: the libraries' thread pools, which spin for a while after each call, cannot take the
// processors from one another, a library that is missing or crashes costs only its own rows, and all have the
// same program, environment and seeds. The rows of a case take turns, round after round, each round starting
// with another one.
//
// A family is one file with a main:
//
//   static bool prepare_openblas(const bench_row *row, bench_work *work) { ... }
//   int main(int count, char **arguments) { return bench_main(count, arguments, rows, row_count); }
#ifndef APUS_PEERS_HARNESS_H
#define APUS_PEERS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

// What is timed, set up by a row's prepare in its own process.
typedef struct bench_work {
    void (*run)(void *context);
    void *context;
    // The error of the output after a run, in the terms of checks.h; null where there is nothing to compare.
    double (*error)(void *context);
    double wrong;      // an error above this is a wrong result; 0: BENCH_WRONG
    int threads;       // in: as many as the row may use
    char version[96];  // out: the library's own description
    char why[160];     // out: the reason why the library cannot do this
} bench_work;

typedef struct bench_row {
    const char *family, *name; // of the case
    const char *peer;          // "apus" or the library
    double operations, bytes;  // of one run; 0 where that says nothing
    bool (*prepare)(const struct bench_row *row, bench_work *work); // false: see work->why
    const void *shape;         // the family's own
} bench_row;

// Options: --filter REGEX --peer REGEX --threads N --rounds N --seconds S --list --machine (measures peak_gflops,
// tile_peak_gflops and read_gb_per_s first, in an object of their own).
// Prints a JSON object a row: case, family, peer, median and min (seconds; over the rounds' medians and minima),
// rounds (their medians), runs, gflops, error, version; or case, family, peer, missing (why). Progress goes to
// standard error. Returns what main returns: 0, or 1 where a result was wrong.
int bench_main(int count, char **arguments, const bench_row *rows, int row_count);

// Aligned memory with huge pages where it is large, as apus_alloc gives to everybody here; filled with
// numbers in [-1, 1] unless seed is 0. Stops the process, as a missing library would, where there is none.
float *bench_floats(unsigned long long seed, ptrdiff_t count);
double *bench_doubles(unsigned long long seed, ptrdiff_t count);
void *bench_memory(size_t bytes);

#endif
