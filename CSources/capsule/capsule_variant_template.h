// A variant's kernels and their table, for a file that has included its instruction set's vectors.
#include "../runtime/simd_math.h"
#include "capsule_vectors_template.h"
#include "capsule_matrix_template.h"
#include "capsule_routing_template.h"

const apus_capsule_kernels SIMD_NAME(apus_capsule) = {
    .lanes = VF_LANES,
    .squash = squash,
    .squash_gradient = squash_gradient,
    .length = length,
    .length_gradient = length_gradient,
    .predict = predict,
    .weight_gradient = weight_gradient,
    .input_gradient = input_gradient,
    .uniform = uniform,
    .route = route,
    .route_gradient = route_gradient,
    .spread = spread,
    .combine = combine,
    .scale = scale,
};
