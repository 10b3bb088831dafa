// One sweep of one-sided rotations over all pairs of columns of a small matrix, a pair a lane.
// For one type and variant: T, KERNEL_NAME, KERNEL_TARGET, and the functions exchanges, neighbour_squares and turn_neighbours.
//
// p and q of a round: a pair (x, y) becomes (p x + q y, q x - p y).
// Columns stand in a line: element i of column 2 k at x[i * 2 half + k], of column 2 k + 1 at x[i * 2 half + half + k].
// Rounds turn and exchange neighbours, by turns the pairs (2 k, 2 k + 1) and (2 k + 1, 2 k + 2): after n rounds every
// column has met every other one, and their order is reversed. (Luk and Park, On parallel Jacobi orderings, SIAM J.
// Sci. Stat. Comput. 10, 1989.)

KERNEL_TARGET APUS_ALWAYS_INLINE T KERNEL_NAME(sweep)(const int half, ptrdiff_t n, T *x, T *v, T tolerance) {
    T mask[2][linalg_most_half], p[2][linalg_most_half], q[2][linalg_most_half];
    T squares[3 * linalg_most_half], most[linalg_most_half], largest = 0;
    for (int i = 0; i < half; i++) {
        mask[0][i] = 2 * i + 1 < n;
        mask[1][i] = 2 * i + 2 < n;
        most[i] = 0;
    }
    KERNEL_NAME(neighbour_squares)(half, n, x, squares);
    KERNEL_NAME(exchanges)(half, mask[0], squares, tolerance, most, p[0], q[0]);
    for (ptrdiff_t round = 0; round < n; round++) {
        const int odd = round % 2;
        if (odd) KERNEL_NAME(turn_neighbours)(half, 1, n, x, p[1], q[1], squares);
        else KERNEL_NAME(turn_neighbours)(half, 0, n, x, p[0], q[0], squares);
        // The next round's angles take long, and nothing waits for v: they overlap.
        if (round + 1 < n) KERNEL_NAME(exchanges)(half, mask[!odd], squares, tolerance, most, p[!odd], q[!odd]);
        if (v == NULL) continue;
        if (odd) KERNEL_NAME(turn_neighbours)(half, 1, n, v, p[1], q[1], NULL);
        else KERNEL_NAME(turn_neighbours)(half, 0, n, v, p[0], q[0], NULL);
    }
    for (int i = 0; i < half; i++) largest = most[i] > largest ? most[i] : largest;
    return largest * tolerance;
}
