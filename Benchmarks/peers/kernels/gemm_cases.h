// The products that are timed: squares, and what VGG16, CapsNet and the spam classifier multiply.
#ifndef GEMM_CASES_H
#define GEMM_CASES_H

typedef struct gemm_case {
    const char *group, *transposes; // "tn": A transposed, B not
    int m, n, k;
} gemm_case;

// A dense layer on `batch` rows, forward and backward: Y = X W, dX = dY W^T, dW = X^T dY.
#define DENSE(group, batch, inputs, outputs)                                                         \
    {group, "nn", batch, outputs, inputs}, {group, "nt", batch, inputs, outputs}, {group, "tn", inputs, outputs, batch}

static const gemm_case gemm_cases[] = {
    {"square", "nn", 16, 16, 16},
    {"square", "nn", 32, 32, 32},
    {"square", "nn", 48, 48, 48},
    {"square", "nn", 64, 64, 64},
    {"square", "nn", 96, 96, 96},
    {"square", "nn", 128, 128, 128},
    {"square", "nn", 192, 192, 192},
    {"square", "nn", 256, 256, 256},
    {"square", "nn", 384, 384, 384},
    {"square", "nn", 512, 512, 512},
    {"square", "nn", 768, 768, 768},
    {"square", "nn", 1024, 1024, 1024},
    {"square", "nn", 2048, 2048, 2048},
    {"square", "nn", 4096, 4096, 4096},
    {"transposed", "tn", 2048, 2048, 2048},
    {"transposed", "nt", 2048, 2048, 2048},
    {"transposed", "tt", 2048, 2048, 2048},
    DENSE("vgg-dense", 1, 25088, 4096),
    DENSE("vgg-dense", 8, 25088, 4096),
    DENSE("vgg-dense", 16, 25088, 4096),
    DENSE("vgg-dense", 1, 4096, 4096),
    DENSE("vgg-dense", 8, 4096, 4096),
    DENSE("vgg-dense", 16, 4096, 4096),
    DENSE("vgg-dense", 1, 4096, 1000),
    DENSE("vgg-dense", 16, 4096, 1000),
    {"vgg-conv", "nn", 50176, 64, 576},
    {"vgg-conv", "nn", 12544, 128, 1152},
    {"vgg-conv", "nn", 3136, 256, 2304},
    {"vgg-conv", "nn", 784, 512, 4608},
    {"vgg-conv", "nn", 196, 512, 4608},
    DENSE("capsnet", 128, 160, 512),
    DENSE("capsnet", 128, 512, 1024),
    DENSE("capsnet", 128, 1024, 784),
    {"capsnet", "nn", 4608, 256, 20736},
    DENSE("spam", 64, 7936, 100),
    DENSE("spam", 64, 100, 100),
    DENSE("spam", 64, 100, 1),
};
enum { gemm_case_count = sizeof gemm_cases / sizeof gemm_cases[0] };

#endif
