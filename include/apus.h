/// apus.h: the whole C API of Apus. Each header below can also be included alone.
///
/// Conventions that hold for every function, unless its own comment says otherwise:
///  - Tensors are dense and row-major; images are channels last (N, H, W, C), kernels (H, W, I, O).
///  - Sizes and strides are in elements. Zero sizes are legal and mean "nothing to do".
///  - No alignment is needed. Nothing is read or written outside the arrays that are given.
///  - Outputs must not overlap inputs, except where "in place" is granted.
///  - A call that returns anything but APUS_OK has left its outputs untouched.
///  - No function prints or aborts. None keeps state but the apus_set_* functions, whose choices hold for the
///    whole process. All may be called from several threads at once.
///  - For one instruction set and convolution algorithm the result has the same bits whatever the number of
///    threads.
#ifndef APUS_H
#define APUS_H

#include "apus/status.h"
#include "apus/runtime.h"
#include "apus/random.h"
#include "apus/activation.h"
#include "apus/gemm.h"
#include "apus/conv.h"
#include "apus/pool.h"
#include "apus/norm.h"
#include "apus/covariance.h"
#include "apus/embedding.h"
#include "apus/loss.h"
#include "apus/optimizer.h"
#include "apus/image.h"
#include "apus/linalg.h"
#include "apus/capsule.h"

#endif
