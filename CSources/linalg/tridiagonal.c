// A symmetric matrix brought to tridiagonal form: the workspace of its stages, and the way back of eigenvectors.
#include <string.h>

#include "../runtime/dispatch.h"
#include "tridiagonal.h"

// The next of the arrays that a workspace is cut into; each begins on a cache line. Null memory: counts only.
static double *take(char *memory, size_t *used, ptrdiff_t count) {
    double *array = memory == NULL ? NULL : (double *)(void *)(memory + *used);
    *used += (size_t)apus_round_up(count * (ptrdiff_t)sizeof(double), APUS_CACHE_LINE);
    return array;
}

static size_t most(size_t a, const apus_gemm_desc *desc) {
    size_t b = apus_dgemm_workspace(desc);
    return a > b ? a : b;
}

size_t apus_tridiagonal_cut(apus_tridiagonal_room *room, ptrdiff_t n, ptrdiff_t count, char *memory) {
    size_t used = 0;
    ptrdiff_t panel = TRIDIAGONAL_PANEL;
    *room = (apus_tridiagonal_room){.kernels = APUS_VARIANT(apus_tridiagonal), .n = n, .count = count};
    room->a = take(memory, &used, n * n);
    room->diagonal = take(memory, &used, n);
    room->other = take(memory, &used, n);
    room->squares = take(memory, &used, n);
    room->tau = take(memory, &used, n);
    room->left = take(memory, &used, 2 * panel * n);
    room->right = take(memory, &used, 2 * panel * n);
    room->parts = take(memory, &used, TRIDIAGONAL_PARTS * n);
    room->scratch = take(memory, &used, TRIDIAGONAL_GROUPS * 5 * n);
    room->w = take(memory, &used, count);
    room->z = take(memory, &used, count * n);
    room->small = take(memory, &used, 2 * (count + 2 * panel) * panel);
    const apus_gemm_desc update = {.transpose_a = APUS_TRANSPOSE, .m = apus_max(n / 6 + 16, 96), .n = n, .k = 2 * panel,
                                   .lda = n, .ldb = n, .ldc = n, .alpha = -1, .beta = 1};
    const apus_gemm_desc inner = {.transpose_b = APUS_TRANSPOSE, .m = count, .n = panel, .k = n, .lda = n, .ldb = n,
                                  .ldc = panel, .alpha = 1};
    const apus_gemm_desc outer = {.m = count, .n = n, .k = panel, .lda = panel, .ldb = n, .ldc = n, .alpha = -1, .beta = 1};
    room->gemm_bytes = most(most(most(0, &update), &inner), &outer);
    room->gemm = take(memory, &used, (ptrdiff_t)(room->gemm_bytes / sizeof(double)) + 1);
    return used;
}

apus_status apus_tridiagonal_gemm(const apus_tridiagonal_room *room, const apus_gemm_desc *desc, const double *a, const double *b,
                            double *c) {
    bool fits = apus_dgemm_workspace(desc) <= room->gemm_bytes;
    return apus_dgemm(desc, a, b, NULL, c, fits ? room->gemm : NULL, fits ? room->gemm_bytes : 0);
}

// z := z (I - V^T S V) for the reflections [low, high), V being their rows: the product of the reflections in their order
// (Schreiber and Van Loan, A storage-efficient WY representation, 1989).
static apus_status apply_block(const apus_tridiagonal_room *room, ptrdiff_t low, ptrdiff_t high) {
    ptrdiff_t n = room->n, k = high - low, width = high - 1;
    const double *v = room->a + low * n;
    double *s = room->small, *gram = s + TRIDIAGONAL_PANEL * TRIDIAGONAL_PANEL;
    double *y = gram + TRIDIAGONAL_PANEL * TRIDIAGONAL_PANEL, *ys = y + room->count * TRIDIAGONAL_PANEL;
    apus_gemm_desc products = {.transpose_b = APUS_TRANSPOSE, .m = k, .n = k, .k = width, .lda = n, .ldb = n,
                               .ldc = TRIDIAGONAL_PANEL, .alpha = 1};
    apus_status status = apus_tridiagonal_gemm(room, &products, v, v, gram);
    if (status != APUS_OK) return status;
    memset(s, 0, (size_t)(TRIDIAGONAL_PANEL * TRIDIAGONAL_PANEL) * sizeof(double));
    for (ptrdiff_t j = 0; j < k; j++) {
        double tau = room->tau[low + j];
        for (ptrdiff_t i = 0; i < j; i++) {
            double sum = 0;
            for (ptrdiff_t l = i; l < j; l++) sum += s[i * TRIDIAGONAL_PANEL + l] * gram[l * TRIDIAGONAL_PANEL + j];
            s[i * TRIDIAGONAL_PANEL + j] = -tau * sum;
        }
        s[j * TRIDIAGONAL_PANEL + j] = tau;
    }
    products.m = room->count;
    status = apus_tridiagonal_gemm(room, &products, room->z, v, y);
    apus_gemm_desc small = {.m = room->count, .n = k, .k = k, .lda = TRIDIAGONAL_PANEL, .ldb = TRIDIAGONAL_PANEL, .ldc = TRIDIAGONAL_PANEL,
                            .alpha = 1};
    if (status == APUS_OK) status = apus_tridiagonal_gemm(room, &small, y, s, ys);
    apus_gemm_desc outer = {.m = room->count, .n = width, .k = k, .lda = TRIDIAGONAL_PANEL, .ldb = n, .ldc = n, .alpha = -1,
                            .beta = 1};
    return status == APUS_OK ? apus_tridiagonal_gemm(room, &outer, ys, v, room->z) : status;
}

// The reflection of the lowest row was made last and is undone first.
apus_status apus_tridiagonal_back(apus_tridiagonal_room *room) {
    for (ptrdiff_t low = 1; low < room->n; low += TRIDIAGONAL_PANEL) {
        apus_status status = apply_block(room, low, apus_min(low + TRIDIAGONAL_PANEL, room->n));
        if (status != APUS_OK) return status;
    }
    return APUS_OK;
}
