/// What this machine can do at most, measured: the yardsticks beside every figure.
#ifndef APUS_BENCH_MACHINE_H
#define APUS_BENCH_MACHINE_H

/// Multiply-adds in registers on the threads in force, with the instruction set in force.
/// Returns GFLOP/s, float32, two operations a multiply-add; the best of several short runs.
double bench_peak_gflops(void);

/// Reads of a buffer far larger than the caches on the threads in force. Returns GB/s, best of several.
double bench_read_bandwidth(void);

#endif
