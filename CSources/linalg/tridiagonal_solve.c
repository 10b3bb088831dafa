// Eigenvalues of a tridiagonal matrix by bisection, and their eigenvectors by inverse iteration.
#include <float.h>
#include <math.h>
#include <string.h>

#include "tridiagonal.h"

// TRIDIAGONAL_LANES eigenvalues at a time, from the largest on.
static void bisect_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    apus_tridiagonal_room *room = context;
    for (ptrdiff_t group = begin; group < end; group++) {
        double low[TRIDIAGONAL_LANES], high[TRIDIAGONAL_LANES], middle[TRIDIAGONAL_LANES];
        int64_t below[TRIDIAGONAL_LANES];
        double bound = room->norm * (1 + 8 * DBL_EPSILON) + DBL_MIN;
        for (int l = 0; l < TRIDIAGONAL_LANES; l++) low[l] = -bound, high[l] = bound;
        for (int round = 0; round < 60; round++) {
            for (int l = 0; l < TRIDIAGONAL_LANES; l++) middle[l] = low[l] + (high[l] - low[l]) / 2;
            room->kernels->sturm(room->n, room->diagonal, room->squares, 1e-290, middle, below);
            for (int l = 0; l < TRIDIAGONAL_LANES; l++) {
                // The eigenvalue of this number from the top has n - 1 - number below it.
                ptrdiff_t number = group * TRIDIAGONAL_LANES + l;
                if (below[l] > room->n - 1 - number)
                    high[l] = middle[l];
                else
                    low[l] = middle[l];
            }
        }
        for (int l = 0; l < TRIDIAGONAL_LANES && group * TRIDIAGONAL_LANES + l < room->count; l++)
            room->w[group * TRIDIAGONAL_LANES + l] = low[l] + (high[l] - low[l]) / 2;
    }
}

apus_status apus_tridiagonal_values(apus_tridiagonal_room *room) {
    return apus_parallel_for(apus_ceil_div(room->count, TRIDIAGONAL_LANES), 1, bisect_chunk, room);
}

// Numbers in [-1, 1) that depend on a vector's number and the attempt alone (SplitMix64).
static void start_vector(ptrdiff_t n, uint64_t seed, double *z) {
    uint64_t state = seed * 0xD1342543DE82EF95u + 1;
    for (ptrdiff_t i = 0; i < n; i++) {
        state += 0x9E3779B97F4A7C15u;
        uint64_t x = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
        z[i] = (double)(int64_t)(x ^ (x >> 31)) * 0x1p-63;
    }
}

// T - shift = P L U with exchanges of neighbouring rows: factors and exchanges of L, three diagonals of U.
typedef struct factorization {
    ptrdiff_t n;
    double *pivot, *upper, *second, *factor, *exchanged;
} factorization;

static factorization factorize(const apus_tridiagonal_room *room, double shift, double *scratch) {
    ptrdiff_t n = room->n;
    factorization f = {n, scratch, scratch + n, scratch + 2 * n, scratch + 3 * n, scratch + 4 * n};
    double least = DBL_EPSILON * room->norm + DBL_MIN;
    double diagonal = room->diagonal[0] - shift, right = n > 1 ? room->other[1] : 0;
    for (ptrdiff_t i = 0; i + 1 < n; i++) {
        double below = room->other[i + 1], next = room->diagonal[i + 1] - shift;
        double beyond = i + 2 < n ? room->other[i + 2] : 0;
        if (fabs(diagonal) >= fabs(below)) {
            if (fabs(diagonal) < least) diagonal = diagonal < 0 ? -least : least;
            f.exchanged[i] = 0;
            f.factor[i] = below / diagonal;
            f.pivot[i] = diagonal, f.upper[i] = right, f.second[i] = 0;
            diagonal = next - f.factor[i] * right;
            right = beyond;
        } else {
            f.exchanged[i] = 1;
            f.factor[i] = diagonal / below;
            f.pivot[i] = below, f.upper[i] = next, f.second[i] = beyond;
            diagonal = right - f.factor[i] * next;
            right = -f.factor[i] * beyond;
        }
    }
    if (fabs(diagonal) < least) diagonal = diagonal < 0 ? -least : least;
    f.pivot[n - 1] = diagonal, f.upper[n - 1] = f.second[n - 1] = 0;
    return f;
}

static double normalize(const apus_tridiagonal_kernels *kernels, ptrdiff_t n, double *z) {
    double size = sqrt(kernels->dot(n, z, z));
    if (size > 0)
        for (ptrdiff_t i = 0; i < n; i++) z[i] /= size;
    return size;
}

static void solve(const factorization *f, double *z) {
    ptrdiff_t n = f->n;
    for (ptrdiff_t i = 0; i + 1 < n; i++) {
        double above = f->exchanged[i] != 0 ? z[i + 1] : z[i], under = f->exchanged[i] != 0 ? z[i] : z[i + 1];
        z[i] = above;
        z[i + 1] = under - f->factor[i] * above;
    }
    for (ptrdiff_t i = n - 1; i >= 0; i--) {
        double sum = z[i];
        if (i + 1 < n) sum -= f->upper[i] * z[i + 1];
        if (i + 2 < n) sum -= f->second[i] * z[i + 2];
        z[i] = sum / f->pivot[i];
    }
}

// Two steps from a random start reach the eigenvector, or its cluster's space, to rounding.
static void iterate_chunk(void *context, ptrdiff_t begin, ptrdiff_t end) {
    apus_tridiagonal_room *room = context;
    for (ptrdiff_t group = begin; group < end; group++)
        for (ptrdiff_t j = group; j < room->count; j += TRIDIAGONAL_GROUPS) {
            double *z = room->z + j * room->n;
            factorization f = factorize(room, room->w[j], room->scratch + group * 5 * room->n);
            start_vector(room->n, (uint64_t)j, z);
            for (int round = 0; round < 2; round++) {
                solve(&f, z);
                normalize(room->kernels, room->n, z);
            }
        }
}

// z_j less its parts along the vectors before it, twice, for the first time leaves rounding errors. Returns what was left
// of its length.
static double orthogonalize(const apus_tridiagonal_room *room, ptrdiff_t j) {
    double *z = room->z + j * room->n, left = 1;
    for (int round = 0; round < 2; round++) {
        for (ptrdiff_t k = 0; k < j; k++) {
            const double *other = room->z + k * room->n;
            room->kernels->axpy(room->n, -room->kernels->dot(room->n, other, z), other, z);
        }
        left *= normalize(room->kernels, room->n, z);
    }
    return left;
}

static double residual(const apus_tridiagonal_room *room, ptrdiff_t j) {
    const double *z = room->z + j * room->n;
    double sum = 0;
    for (ptrdiff_t i = 0; i < room->n; i++) {
        double r = (room->diagonal[i] - room->w[j]) * z[i];
        if (i > 0) r += room->other[i] * z[i - 1];
        if (i + 1 < room->n) r += room->other[i + 1] * z[i + 1];
        sum += r * r;
    }
    return sqrt(sum);
}

apus_status apus_tridiagonal_iterate(apus_tridiagonal_room *room) {
    return apus_parallel_for(TRIDIAGONAL_GROUPS, 1, iterate_chunk, room);
}

apus_status apus_tridiagonal_vectors(apus_tridiagonal_room *room) {
    apus_status status = apus_tridiagonal_iterate(room);
    if (status != APUS_OK) return status;
    double allowed = 8 * (double)room->n * DBL_EPSILON * room->norm;
    for (ptrdiff_t j = 0; j < room->count; j++) {
        double left = orthogonalize(room, j);
        // Members of a cluster can come out alike: another start, kept apart from the others, finds another.
        for (uint64_t attempt = 1; attempt <= 5 && (left < 1e-2 || !(residual(room, j) <= allowed)); attempt++) {
            double *z = room->z + j * room->n;
            factorization f = factorize(room, room->w[j], room->scratch);
            start_vector(room->n, (uint64_t)j + attempt * (uint64_t)room->count, z);
            for (int round = 0; round < 3; round++) {
                orthogonalize(room, j);
                solve(&f, z);
                normalize(room->kernels, room->n, z);
            }
            left = orthogonalize(room, j);
        }
        if (!(residual(room, j) <= allowed)) return APUS_ERROR_NO_CONVERGENCE;
    }
    return APUS_OK;
}
