// For one type: T, TYPED, NAME and the macros that linalg_jacobi.c defines.
//
// A round treats pairs of panels that have no panel in common, on several threads; the pairs of a round and the order
// of rounds depend on the size alone. A pair's rotation is orthogonal whatever the rounding of the Gram matrix it comes
// from: a column's error stays small against the column. Products of columns of two panels are computed afresh
// whenever they meet, those within a panel once a sweep.

static ptrdiff_t NAME(panels_for)(ptrdiff_t count, ptrdiff_t half) { return apus_max(2, apus_round_up(apus_ceil_div(count, half), 2)); }

void TYPED(jacobi_resize)(TYPED(jacobi) *jacobi, ptrdiff_t rows, ptrdiff_t count) {
    jacobi->kernels = TYPED(linalg_get_kernels)();
    // Small panels up to six of them: measured.
    jacobi->pair = &jacobi->kernels->pairs[count > 6 * jacobi->kernels->pairs[0].half];
    jacobi->rows = rows;
    jacobi->count = count;
    jacobi->panels = NAME(panels_for)(count, jacobi->pair->half);
}

void TYPED(jacobi_take)(TYPED(jacobi) *jacobi, linalg_room *room, ptrdiff_t rows, ptrdiff_t count, bool vectors,
                        int team) {
    size_t n = (size_t)count, half = linalg_most_half, panel = half * (size_t)rows * sizeof(T);
    size_t panels = (size_t)NAME(panels_for)(count, (ptrdiff_t)half) * panel;
    *jacobi = (TYPED(jacobi)){.team = team};
    jacobi->x = linalg_take(room, panels);
    jacobi->v = vectors ? linalg_take(room, panels) : NULL;
    jacobi->diagonal = linalg_take(room, (n + 2 * half) * half * sizeof(T));
    jacobi->scratch = linalg_take(room, (size_t)team * 12 * half * half * sizeof(T));
    jacobi->cosines = linalg_take(room, (n + 2) * sizeof(T));
    jacobi->norms = linalg_take(room, n * sizeof(T));
    jacobi->order = linalg_take(room, n * sizeof(ptrdiff_t));
}

static T NAME(tolerance)(ptrdiff_t rows) { return (T)EPSILON * SQRT((T)apus_max(rows, 4)); }

// The largest |cosine| of an angle between two columns with Gram matrix g; across: of different panels.
static T NAME(largest_cosine)(ptrdiff_t half, bool across, const T *g) {
    ptrdiff_t width = 2 * half;
    T inverse[2 * linalg_most_half], largest = 0;
    for (ptrdiff_t i = 0; i < width; i++) {
        T square = g[i * width + i];
        inverse[i] = square > 0 ? 1 / SQRT(square) : 0;
    }
    for (ptrdiff_t i = across ? half : 1; i < width; i++) {
        T top = 0;
        for (ptrdiff_t j = 0; j < (across ? half : i); j++) {
            T cosine = FABS(g[i * width + j]) * inverse[i] * inverse[j];
            top = cosine > top ? cosine : top;
        }
        largest = top > largest ? top : largest;
    }
    return largest;
}

static void NAME(copy_block)(ptrdiff_t half, const T *from, ptrdiff_t ld, T *to, ptrdiff_t ldt) {
    for (ptrdiff_t i = 0; i < half; i++)
        for (ptrdiff_t j = 0; j < half; j++) to[i * ldt + j] = from[i * ld + j];
}

typedef struct {
    const TYPED(jacobi) *jacobi;
    ptrdiff_t round;
} NAME(round);

static void NAME(turn_pairs)(void *context, ptrdiff_t begin, ptrdiff_t end) {
    const NAME(round) *round = context;
    const TYPED(jacobi) *jacobi = round->jacobi;
    ptrdiff_t half = jacobi->pair->half, size = 4 * half * half, panel = jacobi->rows * half;
    T *g = jacobi->scratch + apus_team_member() * 3 * size, *rotation = g + size, *spare = rotation + size;
    for (ptrdiff_t slot = begin; slot < end; slot++) {
        // Player 0 stays in its place, the others move round.
        ptrdiff_t others = jacobi->panels - 1, last = others - slot;
        ptrdiff_t p = slot == 0 ? 0 : 1 + (slot - 1 + round->round) % others, q = 1 + (last - 1 + round->round) % others;
        ptrdiff_t first = apus_min(p, q), second = apus_max(p, q);
        T *x = jacobi->x + first * panel, *y = jacobi->x + second * panel;
        T *first_gram = jacobi->diagonal + first * half * half, *second_gram = jacobi->diagonal + second * half * half;
        bool whole = round->round == 0; // the columns of one panel meet each other once a sweep, too
        if (whole) jacobi->pair->gram(jacobi->rows, x, y, g);
        else {
            NAME(copy_block)(half, first_gram, half, g, 2 * half);
            NAME(copy_block)(half, second_gram, half, g + half * 2 * half + half, 2 * half);
            jacobi->pair->cross(jacobi->rows, x, y, g);
        }
        T cosine = jacobi->cosines[slot] = NAME(largest_cosine)(half, !whole, g);
        if (cosine > NAME(tolerance)(jacobi->rows)) {
            (whole ? jacobi->pair->diagonalize : jacobi->pair->annihilate)(g, rotation, spare, NAME(tolerance)(jacobi->rows));
            jacobi->pair->apply(jacobi->rows, x, y, rotation);
            if (jacobi->v != NULL) jacobi->pair->apply(jacobi->rows, jacobi->v + first * panel, jacobi->v + second * panel, rotation);
        } else if (!whole) {
            continue;
        }
        NAME(copy_block)(half, g, 2 * half, first_gram, half);
        NAME(copy_block)(half, g + half * 2 * half + half, 2 * half, second_gram, half);
    }
}

void TYPED(jacobi_norms)(ptrdiff_t rows, ptrdiff_t half, ptrdiff_t used, const T *x, ptrdiff_t ld, T *norms) {
    T largest[linalg_most_half] = {0}, factor[linalg_most_half], sum[linalg_most_half] = {0};
    int exponents[linalg_most_half];
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t l = 0; l < half; l++) {
            T size = FABS(x[i * ld + l]);
            largest[l] = size > largest[l] ? size : largest[l];
        }
    for (ptrdiff_t l = 0; l < half; l++) {
        exponents[l] = 0;
        if (largest[l] > 0) FREXP(largest[l], &exponents[l]);
        factor[l] = LDEXP(1, -exponents[l]);
    }
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t l = 0; l < half; l++) sum[l] += (x[i * ld + l] * factor[l]) * (x[i * ld + l] * factor[l]);
    for (ptrdiff_t l = 0; l < used; l++) norms[l] = LDEXP(SQRT(sum[l]), exponents[l]);
}

static void NAME(rank_columns)(TYPED(jacobi) *jacobi) {
    ptrdiff_t half = jacobi->pair->half, n = jacobi->count;
    for (ptrdiff_t p = 0; p * half < n; p++)
        TYPED(jacobi_norms)(jacobi->rows, half, apus_min(half, n - p * half), jacobi->x + p * half * jacobi->rows, half, jacobi->norms + p * half);
    for (ptrdiff_t i = 0; i < n; i++) jacobi->order[i] = i;
    // Nearly in order already: the columns came in that of pivoting.
    for (ptrdiff_t i = 1; i < n; i++) {
        ptrdiff_t moved = jacobi->order[i], j = i;
        for (; j > 0 && jacobi->norms[jacobi->order[j - 1]] < jacobi->norms[moved]; j--) jacobi->order[j] = jacobi->order[j - 1];
        jacobi->order[j] = moved;
    }
}

apus_status TYPED(jacobi_run)(TYPED(jacobi) *jacobi, apus_linalg_info *info) {
    apus_status status = APUS_ERROR_NO_CONVERGENCE;
    for (info->sweeps = 1; info->sweeps <= most_sweeps; info->sweeps++) {
        T largest = 0;
        for (ptrdiff_t round = 0; round < jacobi->panels - 1; round++) {
            NAME(round) context = {jacobi, round};
            apus_parallel_for_team(jacobi->team, jacobi->panels / 2, 1, NAME(turn_pairs), &context);
            for (ptrdiff_t i = 0; i < jacobi->panels / 2; i++) largest = jacobi->cosines[i] > largest ? jacobi->cosines[i] : largest;
        }
        info->off_diagonal = (double)largest;
        if (largest <= NAME(tolerance)(jacobi->rows)) {
            status = APUS_OK;
            break;
        }
    }
    NAME(rank_columns)(jacobi);
    return status;
}

void TYPED(jacobi_rows)(const TYPED(jacobi) *jacobi, const T *x, bool unit, T *to, ptrdiff_t ld) {
    ptrdiff_t half = jacobi->pair->half;
    for (ptrdiff_t i = 0; i < jacobi->count; i++) {
        ptrdiff_t j = jacobi->order[i];
        const T *from = x + j / half * half * jacobi->rows + j % half;
        T norm = unit ? jacobi->norms[j] : 1;
        for (ptrdiff_t r = 0; r < jacobi->rows; r++) to[i * ld + r] = from[r * half] / norm;
    }
}

void TYPED(jacobi_columns)(const TYPED(jacobi) *jacobi, const T *x, bool unit, T *to, ptrdiff_t ld) {
    ptrdiff_t half = jacobi->pair->half;
    for (ptrdiff_t r = 0; r < jacobi->rows; r++)
        for (ptrdiff_t i = 0; i < jacobi->count; i++) {
            ptrdiff_t j = jacobi->order[i];
            T value = x[j / half * half * jacobi->rows + r * half + j % half];
            to[r * ld + i] = unit ? value / jacobi->norms[j] : value;
        }
}

#undef T
#undef TYPED
#undef NAME
#undef EPSILON
#undef SQRT
#undef FABS
#undef LDEXP
#undef FREXP
