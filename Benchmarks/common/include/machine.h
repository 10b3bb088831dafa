/// What this machine can do at most, measured: the yardsticks beside every figure.
#ifndef APUS_BENCH_MACHINE_H
#define APUS_BENCH_MACHINE_H

/// Multiply-adds in registers on the threads in force, with the instruction set in force.
/// element_bytes: 4 for float32, 8 for float64. Returns GFLOP/s, two operations a multiply-add; the best of
/// several short runs.
double bench_peak_gflops(int element_bytes);

/// The inner loop of a matrix product on random numbers in [-1, 1]: a tile of sums in registers, its operands from the
/// first-level cache, nothing else. Operands that change draw more current than the constants of the peak above, and
/// some processors lower their clock for it: what a product of real numbers can reach at most lies here, below the
/// peak. Arguments and result as above.
double bench_tile_peak_gflops(int element_bytes);

/// A loop over arrays far larger than the caches, `reads` of them read, `updates` read and written in place and
/// `writes` written at once, with ordinary stores and with stores around the caches, on the threads in force:
/// what an elementwise pass of that kind can reach. Returns GB/s, read and written bytes together, the best of
/// several; 0 for more than 8 arrays.
double bench_bandwidth(int reads, int updates, int writes);

#endif
