// Two-sided Jacobi rotations on the Gram matrix of a pair of panels, in first-level cache.
// For one type and variant: T, KERNEL_NAME, KERNEL_TARGET, SQRT, FABS, LARGE_RATIO.
//
// A round rotates the half pairs (i, half + i) at once: all rows, then all columns lane by lane, without a stride.
// Between rounds rows and columns move on, so that all are back in their places at the end: for pairs across the two
// panels, half rounds in which the second panel's move in a ring; for all pairs, 2 half - 1 rounds of a round-robin
// tournament in which place 0 stays. The rows of v^T stay where they are; `who` says which one belongs to a place.
// Plain C: compilers vectorize the loops over lanes.

// The cosine and sine that annihilate the half pairs; 1 and 0 where the pair is orthogonal enough. With `sorting`,
// a quarter turn more where the second diagonal element would be the larger one.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(angles)(const int half, const int sorting, const T *restrict g,
                                                          T tolerance, T *restrict cosine, T *restrict sine) {
    const int width = 2 * half;
    T a[linalg_most_half], b[linalg_most_half], c[linalg_most_half];
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
        T co = 1 / SQRT(1 + t * t), si = co * t;
        int exchange = sorting && b[i] > a[i];
        cosine[i] = exchange ? -si : co;
        sine[i] = exchange ? co : si;
    }
}

// One row: rotates its columns and moves them on.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(turn_row)(const int half, const int across, const T *restrict row,
                                                            const T *restrict cosine, const T *restrict sine,
                                                            T *restrict to) {
    T l[linalg_most_half], r[linalg_most_half];
    for (int j = 0; j < half; j++) {
        l[j] = cosine[j] * row[j] - sine[j] * row[half + j];
        r[j] = sine[j] * row[j] + cosine[j] * row[half + j];
    }
    if (across) {
        for (int j = 0; j < half; j++) to[half - 1 + j] = r[j];
        for (int j = 0; j < half; j++) to[j] = l[j];
        to[2 * half - 1] = r[0];
    } else {
        for (int j = 0; j < half; j++) to[half - 1 + j] = r[j];
        for (int j = 0; j < half - 1; j++) to[1 + j] = l[j];
        to[0] = l[0];
        to[1] = r[0];
        to[2 * half - 1] = l[half - 1];
    }
}

// Where the row in a place goes after a round.
KERNEL_TARGET APUS_ALWAYS_INLINE int KERNEL_NAME(next_place)(const int half, const int across, int place) {
    if (across) return place < half ? place : place == half ? 2 * half - 1 : place - 1;
    if (place < half) return place == 0 ? 0 : place < half - 1 ? place + 1 : 2 * half - 1;
    return place == half ? 1 : place - 1;
}

KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(diagonalize)(const int half, const int across, T *g, T *v, T *scratch,
                                                               T tolerance) {
    const int width = 2 * half;
    T vt[4 * linalg_most_half * linalg_most_half];
    int who[2 * linalg_most_half], moved[2 * linalg_most_half];
    for (int i = 0; i < width; i++) {
        for (int j = 0; j < width; j++) vt[i * width + j] = 0;
        vt[i * width + i] = 1;
        who[i] = i;
    }
    T *from = g, *to = scratch;
    for (int round = 0; round < (across ? half : width - 1); round++) {
        T cosine[linalg_most_half], sine[linalg_most_half];
        KERNEL_NAME(angles)(half, across, from, tolerance, cosine, sine);
        for (int i = 0; i < half; i++) {
            const T *restrict top = from + i * width, *restrict bottom = from + (half + i) * width;
            T c = cosine[i], s = sine[i], upper[2 * linalg_most_half], lower[2 * linalg_most_half];
            for (int j = 0; j < width; j++) {
                upper[j] = c * top[j] - s * bottom[j];
                lower[j] = s * top[j] + c * bottom[j];
            }
            int up = KERNEL_NAME(next_place)(half, across, i), low = KERNEL_NAME(next_place)(half, across, half + i);
            KERNEL_NAME(turn_row)(half, across, upper, cosine, sine, to + up * width);
            KERNEL_NAME(turn_row)(half, across, lower, cosine, sine, to + low * width);
            moved[up] = who[i];
            moved[low] = who[half + i];
            T *restrict first = vt + who[i] * width, *restrict second = vt + who[half + i] * width;
            for (int j = 0; j < width; j++) {
                T x = first[j], y = second[j];
                first[j] = c * x - s * y;
                second[j] = s * x + c * y;
            }
        }
        for (int i = 0; i < width; i++) who[i] = moved[i];
        T *swap = from;
        from = to;
        to = swap;
    }
    if (from != g)
        for (int i = 0; i < width * width; i++) g[i] = from[i];
    for (int i = 0; i < width; i++)
        for (int j = 0; j < width; j++) v[i * width + j] = vt[j * width + i];
}
