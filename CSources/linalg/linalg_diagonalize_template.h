// Two-sided Jacobi rotations on the Gram matrix of a pair of panels, in first-level cache.
// For one type and variant: T, KERNEL_NAME, KERNEL_TARGET, LARGE_RATIO, and the functions roots, turn_pair and
// turn_rows.
//
// A round rotates the half pairs (i, half + i) at once: all rows, then all columns lane by lane, without a stride.
// Between rounds rows and columns move on, so that all are back in their places at the end: for pairs across the two
// panels, half rounds in which the second panel's move in a ring; for all pairs, 2 half - 1 rounds of a round-robin
// tournament in which place 0 stays. The rows of v^T stay where they are; `who` says which one belongs to a place.

// The cosine and sine that annihilate c between columns of squares a and b; 1 and 0 where they are orthogonal enough.
// With `sorting`, a quarter turn more where the second would be the larger one. Squares of zero and less count as zero.
KERNEL_TARGET APUS_ALWAYS_INLINE void KERNEL_NAME(angles)(const int half, const int sorting, const T *restrict a,
                                                          const T *restrict b, const T *restrict c, T tolerance,
                                                          T *restrict cosine, T *restrict sine) {
    T zeta[linalg_most_half], t[linalg_most_half], first[linalg_most_half], second[linalg_most_half];
    for (int i = 0; i < half; i++) {
        first[i] = a[i] > 0 ? a[i] : 0;
        second[i] = b[i] > 0 ? b[i] : 0;
    }
    // Roots before the product, which could underflow.
    KERNEL_NAME(roots)(half, first);
    KERNEL_NAME(roots)(half, second);
    for (int i = 0; i < half; i++) {
        T size = c[i] < 0 ? -c[i] : c[i], bound = tolerance * first[i] * second[i];
        // 0 stands for "no turn": t below becomes 0.
        zeta[i] = size > bound ? (b[i] - a[i]) / (2 * c[i]) : 0;
        second[i] = size > bound ? 1 : 0;
        T large = zeta[i] < 0 ? -zeta[i] : zeta[i];
        T within = large < LARGE_RATIO ? large : 0;
        first[i] = 1 + within * within;
    }
    KERNEL_NAME(roots)(half, first);
    for (int i = 0; i < half; i++) {
        T large = zeta[i] < 0 ? -zeta[i] : zeta[i];
        T size = second[i] / (large + (large < LARGE_RATIO ? first[i] : large));
        t[i] = zeta[i] < 0 ? -size : size;
        first[i] = 1 + t[i] * t[i];
    }
    KERNEL_NAME(roots)(half, first);
    for (int i = 0; i < half; i++) {
        // 1 / sqrt(1 + t^2), rounded once: a bias of small angles would make all norms grow.
        T square = t[i] * t[i], co = 1 - square / (1 + square + first[i]), si = t[i] * co;
        int exchange = sorting && b[i] > a[i];
        cosine[i] = exchange ? -si : co;
        sine[i] = exchange ? co : si;
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
        T a[linalg_most_half], b[linalg_most_half], c[linalg_most_half];
        for (int i = 0; i < half; i++) {
            a[i] = from[i * width + i];
            b[i] = from[(half + i) * width + half + i];
            c[i] = from[i * width + half + i];
        }
        KERNEL_NAME(angles)(half, across, a, b, c, tolerance, cosine, sine);
        for (int i = 0; i < half; i++) {
            int up = KERNEL_NAME(next_place)(half, across, i), low = KERNEL_NAME(next_place)(half, across, half + i);
            KERNEL_NAME(turn_pair)(half, across, from + i * width, from + (half + i) * width, cosine[i], sine[i], cosine,
                                   sine, to + up * width, to + low * width);
            KERNEL_NAME(turn_rows)(width, vt + who[i] * width, vt + who[half + i] * width, cosine[i], sine[i]);
            moved[up] = who[i];
            moved[low] = who[half + i];
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
