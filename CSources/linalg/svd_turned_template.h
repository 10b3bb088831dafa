// A large matrix, preconditioned (svd_precondition.h): X = R1 V0, then rotations, which V0 is turned by as well. Neither a
// second factorization nor solving for the right vectors is needed. For one type: T, TYPED, NAME and the macros of svd.c.

// *done: room->precondition has R1 V0 and V0^T.
static apus_status NAME(turn_factor)(NAME(svd_room) *room, ptrdiff_t n, bool *done) {
    enum { block = 16 };
    const TYPED(qr) *qr = &room->first;
    double *x = room->precondition.x;
    // With pivoting |R(i, j)| <= a few |R(0, 0)|.
    int exponent;
    frexp((double)qr->x[0], &exponent);
    double down = ldexp(1, -exponent);
    memset(x, 0, (size_t)(n * n) * sizeof(double));
    for (ptrdiff_t i = 0; i < n; i += block)
        for (ptrdiff_t j = i; j < n; j += block)
            for (ptrdiff_t l = j; l < apus_min(j + block, n); l++)
                for (ptrdiff_t k = i; k < apus_min(i + block, l + 1); k++) x[k * n + l] = (double)qr->x[l * qr->ld + k] * down;
    return apus_precondition_run(&room->precondition, done);
}

// The panels of the rotations, and, with `vectors`, of what they turn alike.
static void NAME(load_turned)(NAME(svd_room) *room, ptrdiff_t n, bool vectors) {
    TYPED(jacobi) *jacobi = &room->jacobi;
    const apus_precondition *p = &room->precondition;
    TYPED(jacobi_resize)(jacobi, n, n);
    ptrdiff_t half = jacobi->pair->half;
    int exponent;
    frexp((double)room->first.x[0], &exponent);
    double up = ldexp(1, exponent);
    for (ptrdiff_t c = 0; c < jacobi->panels * half; c += half) {
        ptrdiff_t have = apus_max(0, apus_min(half, n - c));
        T *x = jacobi->x + c * n, *v = vectors ? jacobi->v + c * n : NULL;
        for (ptrdiff_t i = 0; i < n; i++)
            for (ptrdiff_t l = 0; l < half; l++) {
                x[i * half + l] = l < have ? (T)(p->turned[i * n + c + l] * up) : 0;
                if (vectors) v[i * half + l] = l < have ? (T)p->eigen.z[(c + l) * n + i] : 0;
            }
    }
}
