// The angles of rotations, a pair of columns a lane. For one type and variant: T, VEC, LANES, SET1, ROOT, LOAD, STORE,
// LARGE_RATIO, WHOLE_NUMBER (of the size of T), KERNEL_NAME, KERNEL_TARGET. See linalg_reference_template.h.
//
// Written in vectors and without a branch: a round waits for its angles, and compilers take such loops apart.

typedef T KERNEL_NAME(lanes) __attribute__((vector_size(LANES * sizeof(T))));
typedef WHOLE_NUMBER KERNEL_NAME(mask) __attribute__((vector_size(LANES * sizeof(T))));
#define L KERNEL_NAME(lanes)
#define M KERNEL_NAME(mask)
#define SELECT(m, x, y) ((L)(((M)(x) & (m)) | ((M)(y) & ~(m))))
#define SIGNS ((M)(L)SET1(-(T)0))

// *ratio: |cosine| / tolerance, 0 for a column of zeros.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(turn_of)(VEC va, VEC vb, VEC vc, T tolerance, VEC *cosine, VEC *sine, VEC *ratio) {
    L a = (L)va, b = (L)vb, c = (L)vc, zero = (L)SET1(0), one = (L)SET1(1);
    L first = (L)ROOT((VEC)SELECT(a > zero, a, zero)), second = (L)ROOT((VEC)SELECT(b > zero, b, zero));
    L size = (L)((M)c & ~SIGNS), bound = (L)SET1(tolerance) * first * second;
    L zeta = (b - a) / (c + c), large = (L)((M)zeta & ~SIGNS);
    M moderate = large < (L)SET1(LARGE_RATIO);
    L within = SELECT(moderate, large, zero);
    L length = large + SELECT(moderate, (L)ROOT((VEC)(one + within * within)), large);
    // Where there is nothing to turn, zeta may be no number.
    L t = (L)(((M)(one / length) | ((M)zeta & SIGNS)) & (size > bound));
    // 1 / sqrt(1 + t^2), rounded once: a bias of small angles would make all norms grow.
    L square = t * t, more = one + square;
    L co = one - square / (more + (L)ROOT((VEC)more));
    *cosine = (VEC)co;
    *sine = (VEC)(t * co);
    *ratio = (VEC)SELECT(bound > zero, size / bound, zero);
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(angles)(const int half, const int sorting, const T *a, const T *b, const T *c,
                                                          T tolerance, T *cosine, T *sine) {
#pragma GCC unroll 16
    for (int j = 0; j < half; j += LANES) {
        VEC co, si, ratio;
        KERNEL_NAME(turn_of)(LOAD(a + j), LOAD(b + j), LOAD(c + j), tolerance, &co, &si, &ratio);
        M exchange = sorting ? (L)LOAD(b + j) > (L)LOAD(a + j) : (M){0};
        STORE(cosine + j, (VEC)SELECT(exchange, (L)((M)(L)si ^ SIGNS), (L)co));
        STORE(sine + j, (VEC)SELECT(exchange, (L)co, (L)si));
    }
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(exchanges)(const int half, const T *mask, const T *squares, T tolerance, T *most,
                                                             T *p, T *q) {
#pragma GCC unroll 16
    for (int j = 0; j < half; j += LANES) {
        VEC co, si, ratio, a = LOAD(squares + j), b = LOAD(squares + linalg_most_half + j), c = LOAD(squares + 2 * linalg_most_half + j);
        KERNEL_NAME(turn_of)(a, b, c, tolerance, &co, &si, &ratio);
        M pairs = (L)LOAD(mask + j) > (L)SET1(0);
        STORE(p + j, (VEC)SELECT(pairs, (L)si, (L)SET1(1)));
        STORE(q + j, (VEC)SELECT(pairs, (L)co, (L)SET1(0)));
        L known = (L)LOAD(most + j), found = SELECT(pairs, (L)ratio, (L)SET1(0));
        STORE(most + j, (VEC)SELECT(found > known, found, known));
    }
}

#undef L
#undef M
#undef SELECT
#undef SIGNS
