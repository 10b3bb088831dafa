// Two-sided Jacobi rotations on the Gram matrix of a pair of panels, in first-level cache.
// For one type and variant: T, KERNEL_NAME, KERNEL_TARGET, SQRT, FABS, LARGE_RATIO.
//
// A round rotates the half pairs (i, half + i) at once: all rows, then all columns lane by lane, without a stride.
// Between rounds rows and columns move on as in a round-robin tournament (place 0 stays), so that after
// 2 half - 1 rounds every pair has met once and all are back in their places. The rows of v^T stay where they
// are; `who` says which one belongs to a place. Plain C: compilers vectorize the loops over lanes.

// The cosine and sine that annihilate the half pairs; both 1, 0 where the pair is orthogonal enough.
KERNEL_TARGET APUS_ALWAYS_INLINE int KERNEL_NAME(angles)(const int half, const T *restrict g, T tolerance,
                                                         T *restrict cosine, T *restrict sine) {
    const int width = 2 * half;
    T a[linalg_most_half], b[linalg_most_half], c[linalg_most_half];
    int turned[linalg_most_half];
    for (int i = 0; i < half; i++) {
        a[i] = g[i * width + i];
        b[i] = g[(half + i) * width + half + i];
        c[i] = g[i * width + half + i];
    }
    for (int i = 0; i < half; i++) {
        // Roots first: a product of two small squares could underflow.
        T bound = tolerance * SQRT(a[i] > 0 ? a[i] : 0) * SQRT(b[i] > 0 ? b[i] : 0), size = FABS(c[i]);
        int turn = size > bound;
        T zeta = (b[i] - a[i]) / (2 * (turn ? c[i] : 1)), large = FABS(zeta);
        T within = large < LARGE_RATIO ? large : 1;
        T root = SQRT(1 + within * within);
        T t = 1 / (large + (large < LARGE_RATIO ? root : large));
        t = turn ? (zeta < 0 ? -t : t) : 0;
        cosine[i] = 1 / SQRT(1 + t * t);
        sine[i] = cosine[i] * t;
        turned[i] = turn;
    }
    int any = 0;
    for (int i = 0; i < half; i++) any |= turned[i];
    return any;
}

// One row: rotates its columns and moves them on. from has two runs of half.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(turn_row)(const int half, const T *restrict left,
                                                            const T *restrict right, const T *restrict cosine,
                                                            const T *restrict sine, T *restrict to) {
    T l[linalg_most_half], r[linalg_most_half];
    for (int j = 0; j < half; j++) {
        l[j] = cosine[j] * left[j] - sine[j] * right[j];
        r[j] = sine[j] * left[j] + cosine[j] * right[j];
    }
    for (int j = 0; j < half; j++) to[half - 1 + j] = r[j];
    for (int j = 0; j < half - 1; j++) to[1 + j] = l[j];
    to[0] = l[0];
    to[1] = r[0];
    to[2 * half - 1] = l[half - 1];
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(diagonalize)(const int half, T *g, T *v, T *scratch, T tolerance,
                                                               int sweeps) {
    const int width = 2 * half;
    T vt[4 * linalg_most_half * linalg_most_half];
    int who[2 * linalg_most_half];
    for (int i = 0; i < width; i++) {
        for (int j = 0; j < width; j++) vt[i * width + j] = 0;
        vt[i * width + i] = 1;
        who[i] = i;
    }
    T *from = g, *to = scratch;
    for (int sweep = 0; sweep < sweeps; sweep++) {
        int any = 0;
        for (int round = 0; round < width - 1; round++) {
            T cosine[linalg_most_half], sine[linalg_most_half];
            any |= KERNEL_NAME(angles)(half, from, tolerance, cosine, sine);
            for (int i = 0; i < half; i++) {
                const T *restrict top = from + i * width, *restrict bottom = from + (half + i) * width;
                T c = cosine[i], s = sine[i], upper[2 * linalg_most_half], lower[2 * linalg_most_half];
                for (int j = 0; j < width; j++) {
                    upper[j] = c * top[j] - s * bottom[j];
                    lower[j] = s * top[j] + c * bottom[j];
                }
                int up = i == 0 ? 0 : i < half - 1 ? i + 1 : width - 1, low = i == 0 ? 1 : half + i - 1;
                KERNEL_NAME(turn_row)(half, upper, upper + half, cosine, sine, to + up * width);
                KERNEL_NAME(turn_row)(half, lower, lower + half, cosine, sine, to + low * width);
                T *restrict first = vt + who[i] * width, *restrict second = vt + who[half + i] * width;
                for (int j = 0; j < width; j++) {
                    T x = first[j], y = second[j];
                    first[j] = c * x - s * y;
                    second[j] = s * x + c * y;
                }
            }
            int last = who[half - 1], next = who[half];
            for (int i = half - 1; i > 1; i--) who[i] = who[i - 1];
            for (int i = half; i < width - 1; i++) who[i] = who[i + 1];
            who[1] = next;
            who[width - 1] = last;
            T *swap = from;
            from = to;
            to = swap;
        }
        if (!any) break;
    }
    for (int i = 0; i < width; i++)
        for (int j = 0; j < width; j++) v[i * width + j] = vt[j * width + i];
}
