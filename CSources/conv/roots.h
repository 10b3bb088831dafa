// Convolution by values at the eighth roots of unity, at 0 and at infinity, one phase of the stride at a time.
// Not installed.
//
// A strided convolution is the sum, over the stride's phases, of convolutions at stride 1 with a part of the
// kernel each: 9x9 at stride 2 is 5x5 + 5x4 + 4x5 + 4x4. Along one axis, r taps and m = 11 - r outputs make a
// polynomial product of ten coefficients, found from ten values (Toom-Cook; transposed as in Winograd,
// Arithmetic Complexity of Computations, 1980): at 0, infinity and the roots of x^8 - 1, so that all numbers
// in the transforms have magnitude one or less and the error stays near the direct way's, which real points
// (0, 1, 2, 1/2, ...) do not allow for so many. Conjugate roots give conjugate values: in two dimensions 16
// are real and 42 complex, each complex product made of three real ones (Gauss): 142 "planes". A phase of
// r - 1 taps needs no value at infinity. All phases use the same points, so that their products are summed
// before the one inverse transform: 9x9 at stride 2 costs 517 products for 36 outputs instead of 2916.
#ifndef APUS_ROOTS_H
#define APUS_ROOTS_H

#include "conv_internal.h"

enum {
    APUS_ROOTS_POINTS = 10, // along one axis
    APUS_ROOTS_LEAST_TAPS = 3,
    APUS_ROOTS_MOST_TAPS = 6,
    APUS_ROOTS_MOST_OUTPUTS = APUS_ROOTS_POINTS + 1 - APUS_ROOTS_LEAST_TAPS,
    APUS_ROOTS_MOST_STRIDE = 4,
    APUS_ROOTS_STREAM_FLOATS = 4 << 20, // more than these are written past the caches
    APUS_ROOTS_REAL_PLANES = 13,    // of a real value down: at 0, infinity, 1, -1, and three complex ones across
    APUS_ROOTS_COMPLEX_PLANES = 30, // of a complex one: at 0, infinity, and eight roots across
    APUS_ROOTS_PLANES = 4 * APUS_ROOTS_REAL_PLANES + 3 * APUS_ROOTS_COMPLEX_PLANES
};

// Sizes of a problem and how it is cut. A tile is the outputs of one ten-point transform.
typedef struct apus_roots_plan {
    apus_conv_desc d;
    ptrdiff_t out_h, out_w, taps_h, taps_w, outputs_h, outputs_w, tiles_h, tiles_w, phases;
    ptrdiff_t tiles, block, blocks;                    // of all images; of one block
    ptrdiff_t held;                                    // phases in memory at a time: all, or one after another
    ptrdiff_t panel_width, in_panels, out_panels;
    ptrdiff_t in_pitch, out_pitch;                     // of a tile's channels in a plane
    ptrdiff_t in_plane, out_plane, weights_plane;      // floats
    ptrdiff_t in_floats, out_floats, held_weights;     // of all planes, of the phases held
    ptrdiff_t weights_floats;                          // of all phases
} apus_roots_plan;

apus_roots_plan apus_roots_plan_for(const apus_conv_kernels *kernels, const apus_conv_desc *desc, apus_conv_pass pass);

// One phase along both axes.
typedef struct apus_roots_phase {
    ptrdiff_t number, down, across;
    int taps_h, taps_w;
    bool infinite_h, infinite_w; // whether it has values at infinity
} apus_roots_phase;

apus_roots_phase apus_roots_phase_of(const apus_roots_plan *p, ptrdiff_t number);
// Whether a phase has a value for this plane.
bool apus_roots_has(const apus_roots_phase *phase, ptrdiff_t plane);

// The transforms of a block's tiles [first, first + count), on at most `team` threads; of inputs, in the phases held from
// `phase` on.
void apus_roots_spread_input(const apus_conv_kernels *kernels, const apus_roots_plan *p, ptrdiff_t phase, ptrdiff_t first,
                             ptrdiff_t count, const float *x, const float *zeros, float *planes, int team);
void apus_roots_gather_input(const apus_conv_kernels *kernels, const apus_roots_plan *p, ptrdiff_t phase, ptrdiff_t first,
                             ptrdiff_t count, const float *planes, float *dx, int team);
void apus_roots_spread_output(const apus_conv_kernels *kernels, const apus_roots_plan *p, ptrdiff_t first, ptrdiff_t count,
                              const float *dy, const float *zeros, float *planes, int team);
void apus_roots_gather_output(const apus_conv_kernels *kernels, const apus_roots_plan *p, ptrdiff_t first, ptrdiff_t count,
                              const float *planes, const float *bias, bool relu, float *y, int team);

#endif
