/// 2-D convolution (cross-correlation, as in every deep-learning library), channels last. 1-D is the
/// same with in_h = kernel_h = stride_h = dilation_h = 1 and no padding above and below.
#ifndef APUS_CONV_H
#define APUS_CONV_H

#include "activation.h"
#include "status.h"

APUS_BEGIN_DECLS

/// x: [batch, in_h, in_w, in_c], w: [kernel_h, kernel_w, in_c, out_c], y: [batch, out_h, out_w, out_c]
/// out = (in + pad_before + pad_after - dilation * (kernel - 1) - 1) / stride + 1, rounded down.
typedef struct apus_conv_desc {
    ptrdiff_t batch, in_h, in_w, in_c, out_c;
    ptrdiff_t kernel_h, kernel_w;
    ptrdiff_t stride_h, stride_w;
    ptrdiff_t dilation_h, dilation_w;
    ptrdiff_t pad_top, pad_bottom, pad_left, pad_right; ///< rows and columns of zeros
    apus_activation activation;                         ///< LINEAR or RELU, fused into the forward pass
} apus_conv_desc;

typedef enum apus_conv_pass {
    APUS_CONV_FORWARD = 0,
    APUS_CONV_BACKWARD_DATA = 1,
    APUS_CONV_BACKWARD_WEIGHTS = 2
} apus_conv_pass;

/// How a pass is computed.
///
/// Winograd's way (Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016) multiplies a
/// fraction as much as the direct one. Along rows (points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity) it is 4/9
/// for three taps, 2/5 for five; for 3x3 kernels 1/4 by F(4x4, 3x3) (points 0, 5/8, -5/8, 3/2, -3/2 and infinity,
/// which halve the error of the usual 1, -1, 2, -2) and 16/81 by F(6x6, 3x3) (the points of the rows).
///
/// Errors in float32 in the Euclidean norm relative to the exact result, on uniform data, and how many times
/// the direct way's on AVX-512 that is:
///   rows, 32 to 256 channels, 3 to 6 taps: forward and backward-data 5e-7 to 1.4e-6 (1.9 to 3.2 times), weight
///     gradients 6e-7 to 7e-7 (4 to 5 times)
///   F(4x4), 64 / 256 / 512 channels: forward and backward-data 8e-7 (1.9) / 1.4e-6 (2.9) / 2.0e-6 (4.0), weight
///     gradients 5e-7 (4.8 / 4.3 / 2.0)
///   F(6x6), 64 / 256 / 512 channels: forward and backward-data 3.2e-6 (7.7) / 5.9e-6 (12) / 8.2e-6 (16), weight
///     gradients 2e-6 (19 / 17 / 8)
/// With inputs as after a rectifier the forward errors are a quarter smaller and 0.1 to 1.4 times more of the direct
/// way's. An error scales with the largest values of its tile, not with the single output. An infinity or a NaN
/// becomes NaNs all over the tiles that see it, and sums within four orders of magnitude of the largest float may
/// overflow.
///
/// The way over roots of unity splits a strided convolution by the stride's phases into convolutions at stride
/// 1, and takes tiles of 11 - t outputs a side, t = kernel / stride rounded up, from the values of polynomials
/// at 0, infinity and the eighth roots of unity (complex ones by Gauss's three products): 9x9 at stride 2
/// multiplies 0.18 as much as the direct way, 5x5 0.16. As no number of its transforms exceeds one, its error
/// stays near the direct way's: on uniform data 2e-7 to 1e-6 in the Euclidean norm forward and backward-data
/// (0.4 to 1.9 times the direct way's), 1e-7 to 3e-7 for weight gradients (0.6 to 1.5 times). Infinities and
/// NaNs spread over their tiles. It transforms all weights in each call, unless they are prepared: not for a few
/// images of many channels.
typedef enum apus_conv_algorithm {
    APUS_CONV_AUTO = 0,         ///< whichever is faster for the shape, as measured
    APUS_CONV_DIRECT = 1,       ///< every product of the definition
    APUS_CONV_WINOGRAD = 2,     ///< eight-point Winograd (Toom-Cook) along rows: F(9 - kernel_w, kernel_w)
    APUS_CONV_WINOGRAD_4X4 = 3, ///< 3x3 kernels: F(4x4, 3x3)
    APUS_CONV_WINOGRAD_6X6 = 4, ///< 3x3 kernels: F(6x6, 3x3)
    APUS_CONV_ROOTS = 5         ///< values at 0, infinity and eight roots of unity, for each phase of the stride
} apus_conv_algorithm;

/// Checks the descriptor and gives the output's height and width (either pointer may be null).
/// APUS_ERROR_SHAPE: a negative size, a zero kernel, stride or dilation, or a kernel larger than the
/// padded input.
apus_status apus_conv_output(const apus_conv_desc *desc, ptrdiff_t *out_h, ptrdiff_t *out_w);

/// Bytes of workspace that a pass wants (0 for an invalid descriptor). Grows with the number of
/// threads, never with the batch beyond a small constant.
size_t apus_sconv_workspace(const apus_conv_desc *desc, apus_conv_pass pass);

/// What a pass would go by here and now: never APUS_CONV_AUTO (an invalid descriptor: APUS_CONV_DIRECT).
apus_conv_algorithm apus_conv_algorithm_for(const apus_conv_desc *desc, apus_conv_pass pass);
/// "auto", "direct", "winograd", "winograd-4x4", "winograd-6x6", "roots", or "unknown".
const char *apus_conv_algorithm_name(apus_conv_algorithm algorithm);
/// The process's choice. At start APUS_CONV_AUTO, or the algorithm that the environment variable APUS_CONV names.
apus_conv_algorithm apus_get_conv_algorithm(void);
/// Sets it (tests and benchmarks). Any instruction set but scalar takes, with a batch of at least one and
/// wherever the shape allows,
///   APUS_CONV_WINOGRAD: rows (kernel_h, strides and dilation_w 1, no padding above and below) with kernel_w from
///     3 to 6 along rows, and 3x3 kernels (strides and dilations 1) by F(4x4)
///   APUS_CONV_WINOGRAD_4X4 and _6X6: 3x3 kernels by that tile
///   APUS_CONV_ROOTS: no dilation, strides up to 4, kernels of 3 to 6 taps for each phase of the stride, both ways
/// and elsewhere the direct way. APUS_CONV_AUTO takes what was measured to be faster: rows on x86 from 32 channels
/// in and out, up to 512 * 512, where they are long enough; 3x3 kernels by F(4x4) from 16 channels in and out, up to
/// 1024 * 1024, from about 9x9 outputs; never by the size of the batch, and never F(6x6), whose error is over ten
/// times the direct way's. Other kernels go over roots of unity, on x86 from 32 channels in and out, where products
/// and transforms cost less: there the batch counts too, as the weights are transformed once a call (CapsNet's
/// 256 channels of 9x9 from about eight images on forward, five for the data gradient, twenty for the weights'). A
/// workspace asked for before a change may be too small after it.
/// APUS_ERROR_VALUE: no such algorithm; nothing changes.
apus_status apus_set_conv_algorithm(apus_conv_algorithm algorithm);

/// y = f(x * w + bias). bias ([out_c]) may be null. workspace as for apus_sgemm.
apus_status apus_sconv_forward(const apus_conv_desc *desc, const float *x, const float *w, const float *bias,
                               float *y, void *workspace, size_t workspace_bytes);
/// dx = the gradient with respect to x, from dy (already multiplied by the activation's slope).
/// desc->activation is ignored.
apus_status apus_sconv_backward_data(const apus_conv_desc *desc, const float *dy, const float *w, float *dx,
                                     void *workspace, size_t workspace_bytes);
/// dw and, unless null, dbias = the gradients with respect to w and bias; both are overwritten.
/// batch == 0 gives zeros.
apus_status apus_sconv_backward_weights(const apus_conv_desc *desc, const float *x, const float *dy, float *dw,
                                        float *dbias, void *workspace, size_t workspace_bytes);

/// A forward pass for inference: weights transformed or packed once, and pooling fused.
///
///     size_t bytes = apus_sconv_prepare_bytes(&desc);
///     void *prepared = apus_alloc(bytes);
///     apus_sconv_prepare(&desc, w, prepared, bytes);
///     ...
///     apus_sconv_forward_prepared(&desc, APUS_CONV_POOL_NONE, x, prepared, bytes, bias, y, NULL, 0);
///
/// For one image of many channels packing or transforming the weights costs as much as the rest: here it is done
/// beforehand. Prepared weights take as much memory as the weights, rounded up to whole vectors (direct), 4 (F(4x4)) or
/// 7 times as much (F(6x6)), 8 / taps times (rows) or, over roots of unity, 6 to 16 times.
typedef enum apus_conv_pool {
    APUS_CONV_POOL_NONE = 0,
    APUS_CONV_POOL_MAX_2X2 = 1 ///< y has the largest of each 2x2 outputs after bias and activation, rounded down
} apus_conv_pool;

/// Bytes that the prepared weights take (0 for an invalid descriptor).
size_t apus_sconv_prepare_bytes(const apus_conv_desc *desc);
/// Prepares w for the algorithm that the forward pass would go by if transforming the weights cost nothing but reading
/// them: under APUS_CONV_AUTO 3x3 kernels go by F(4x4) from about 6x6 outputs, and CapsNet's 256 channels of 9x9 over roots
/// of unity from about six images on (so prepare for a batch like those to come). `prepared` is a multiple of 64 (as apus_alloc
/// gives), else APUS_ERROR_VALUE; it may be copied to another such place, but not kept for another version of
/// the library. APUS_ERROR_WORKSPACE: it is too small.
apus_status apus_sconv_prepare(const apus_conv_desc *desc, const float *w, void *prepared, size_t prepared_bytes);
/// What weights were prepared for (APUS_CONV_AUTO: not prepared weights).
apus_conv_algorithm apus_sconv_prepared_algorithm(const void *prepared);
/// Bytes of workspace that apus_sconv_forward_prepared wants (0 where it would refuse).
size_t apus_sconv_forward_prepared_workspace(const apus_conv_desc *desc, apus_conv_pool pool, const void *prepared);
/// y = pool(f(x * w + bias)), y: [batch, out_h, out_w, out_c], or with a pool [batch, out_h / 2, out_w / 2, out_c].
/// Without a pool the bits of y are those of apus_sconv_forward with the algorithm that the weights were prepared
/// for. desc may differ from the one they were prepared for in batch, height, width, padding and activation (what the
/// algorithm was chosen for, but not what it can compute). A NaN
/// wins a maximum. workspace as for apus_sgemm. Errors, besides apus_sconv_forward's:
/// APUS_ERROR_SHAPE: prepared for other kernels, channels or strides, or for an algorithm that cannot compute the
/// problem; less than 2x2 outputs to pool;
/// APUS_ERROR_UNSUPPORTED: prepared under an instruction set whose layout is another;
/// APUS_ERROR_VALUE: not prepared weights, not at a multiple of 64, or no such pool.
apus_status apus_sconv_forward_prepared(const apus_conv_desc *desc, apus_conv_pool pool, const float *x, const void *prepared,
                                        size_t prepared_bytes, const float *bias, float *y, void *workspace,
                                        size_t workspace_bytes);

APUS_END_DECLS
#endif
