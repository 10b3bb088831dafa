// Two-sided Jacobi rotations on the Gram matrix of a pair of panels, in first-level cache.
// For one type and variant: T, KERNEL_NAME, KERNEL_TARGET, and the functions angles, turn_pair and turn_rows.
//
// A round rotates the half pairs (i, half + i) at once: all rows, then all columns lane by lane, without a stride.
// Between rounds rows and columns move on, so that all are back in their places at the end: for pairs across the two
// panels, half rounds in which the second panel's move in a ring; for all pairs, 2 half - 1 rounds of a round-robin
// tournament in which place 0 stays. The rows of v^T stay where they are; `who` says which one belongs to a place.

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
