// What every entry of the elementwise families promises, tried on each of them from one table: null pointers,
// negative and overflowing sizes, overlapping outputs and failing allocations give a status and leave the outputs
// untouched; zero sizes do nothing; the number of threads changes no bit. An entry of the headers that is missing
// from the table fails.
#include "../../include/apus.h"
#include "harness.h"

enum { ROWS = 700, COLUMNS = 40, N = ROWS * COLUMNS, VOCABULARY = 50, MOST_SIZES = 6, MOST_ARGUMENTS = 9 };

// role: 'i' read, 'o' written, 'u' read and written, 'r' a single result. type: 'f' float, 'd' double, 'w' 32-bit
// indices below VOCABULARY or COLUMNS, 'l' 64-bit offsets, 'b' bytes.
typedef struct argument {
    char role, type;
    bool optional;
    ptrdiff_t count;
} argument;

typedef struct entry {
    const char *name;
    apus_status (*call)(const ptrdiff_t *s, void *const *p);
    int sizes;
    ptrdiff_t s[MOST_SIZES];
    int arguments;
    argument a[MOST_ARGUMENTS];
    bool writes_at_zero;    // a sum over nothing is written
    unsigned any_size_will; // bits of sizes that may be as large as they like
} entry;

#define CALL(body) (const ptrdiff_t *s, void *const *p) { (void)s; return body; }
static apus_status activation_forward CALL(apus_sactivation_forward(APUS_ACTIVATION_GELU, 1, s[0], p[0], p[1]))
static apus_status activation_backward CALL(apus_sactivation_backward(APUS_ACTIVATION_ELU, -1, s[0], p[0], NULL, p[1], p[2]))
static apus_status softmax_forward CALL(apus_ssoftmax_forward(s[0], s[1], p[0], p[1]))
static apus_status softmax_backward CALL(apus_ssoftmax_backward(s[0], s[1], p[0], p[1], p[2]))
static apus_status accumulate CALL(apus_saccumulate(s[0], p[0], 0.5f, p[1]))
static apus_status scale CALL(apus_sscale(s[0], 0.5f, p[0]))
static apus_status sum_rows CALL(apus_ssum_rows(s[0], s[1], p[0], p[1]))
static apus_status squares CALL(apus_ssum_of_squares(s[0], p[0], p[1]))
#define NORM (&(apus_batchnorm_desc){s[0], s[1], 1e-3f, 0.9f})
static apus_status training CALL(apus_sbatchnorm_training(NORM, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]))
static apus_status inference CALL(apus_sbatchnorm_inference(NORM, p[0], p[1], p[2], p[3], p[4], p[5]))
static apus_status norm_backward CALL(apus_sbatchnorm_backward(NORM, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]))
static apus_status relu_training CALL(apus_sbatchnorm_relu_training(NORM, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]))
static apus_status relu_inference CALL(apus_sbatchnorm_relu_inference(NORM, p[0], p[1], p[2], p[3], p[4], p[5]))
static apus_status relu_backward CALL(apus_sbatchnorm_relu_backward(NORM, p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]))
static apus_status sgd CALL(apus_ssgd_step(s[0], 0.1f, 0.9f, 1, 0, p[0], p[1], p[2]))
static apus_status rmsprop CALL(apus_srmsprop_step(s[0], 0.1f, 0.9f, 0.5f, 1e-7f, p[0], p[1], p[2], p[3]))
static apus_status adam CALL(apus_sadam_step(s[0], 0.1f, 0.9f, 0.99f, 1e-7f, 0, 3, p[0], p[1], p[2], p[3]))
static apus_status embedding CALL(apus_sembedding_forward(s[0], s[1], s[2], p[0], p[1], p[2]))
static apus_status embedding_backward CALL(apus_sembedding_backward(s[0], s[1], s[2], p[0], p[1], p[2]))
static apus_status bag CALL(apus_sembedding_bag_forward(s[0], s[1], s[2], p[0], p[1], p[2], p[3], p[4]))
static apus_status bag_backward CALL(apus_sembedding_bag_backward(s[0], s[1], s[2], p[0], p[1], p[2], p[3], p[4]))
static apus_status binary CALL(apus_sbinary_cross_entropy(s[0], s[1], p[0], p[1], p[2], 1, p[3], p[4]))
static apus_status sparse CALL(apus_ssparse_cross_entropy(s[0], s[1], p[0], p[1], 0.1f, p[2], 1, p[3], p[4]))
static apus_status categorical CALL(apus_scategorical_cross_entropy(s[0], s[1], p[0], p[1], p[2], 1, p[3], p[4]))
static apus_status squared CALL(apus_smean_squared_error(s[0], s[1], p[0], p[1], p[2], 1, p[3], p[4]))
static apus_status margin CALL(apus_smargin_loss(s[0], s[1], p[0], p[1], 0.9f, 0.1f, 0.5f, p[2], 1, p[3], p[4]))
static apus_status random_words CALL(apus_random_bits(1, 2, 3, s[0], p[0]))
static apus_status uniform CALL(apus_random_uniform(1, 2, 3, s[0], -1, 1, p[0]))
static apus_status normal CALL(apus_random_normal(1, 2, 3, s[0], 0, 1, p[0]))
static apus_status dropout CALL(apus_sdropout(1, 2, 3, 0.4f, s[0], p[0], p[1]))
#define POOL (&(apus_pool_desc){s[0], s[1], s[2], s[3], s[4], 2, s[5], 2, 0, 0, 0, 0, 0})
static apus_status pool_output CALL(apus_pool_output(POOL, p[0], p[1]))
static apus_status max_forward CALL(apus_smaxpool_forward(POOL, p[0], p[1], p[2]))
static apus_status max_backward CALL(apus_smaxpool_backward(POOL, p[0], p[1], p[2]))
static apus_status max_recompute CALL(apus_smaxpool_backward_recompute(POOL, p[0], p[1], p[2]))
static apus_status average_forward CALL(apus_savgpool_forward(POOL, p[0], p[1]))
static apus_status average_backward CALL(apus_savgpool_backward(POOL, p[0], p[1]))

#define IN(n) {'i', 'f', false, n}
#define MAYBE(n) {'i', 'f', true, n}
#define OUT(n) {'o', 'f', false, n}
#define IN_OUT(n) {'u', 'f', false, n}
enum { X = 3 * 40 * 24 * 20, Y = 3 * 20 * 12 * 20 };
#define POOL_SIZES 6, {3, 40, 24, 20, 2, 2}
#define LOSS(second) 2, {ROWS, COLUMNS}, 5, {IN(N), second, MAYBE(ROWS), {'r', 'd', false, 1}, {'o', 'f', true, N}}, true, 0
#define NORM_SIZES 2, {ROWS, COLUMNS}
#define C COLUMNS
#define BAGS 3, {ROWS, VOCABULARY, COLUMNS}
static const entry table[] = {
    {"apus_sactivation_forward", activation_forward, 1, {N}, 2, {IN(N), OUT(N)}, false, 0},
    {"apus_sactivation_backward", activation_backward, 1, {N}, 3, {IN(N), IN(N), OUT(N)}, false, 0},
    {"apus_ssoftmax_forward", softmax_forward, 2, {ROWS, COLUMNS}, 2, {IN(N), OUT(N)}, false, 0},
    {"apus_ssoftmax_backward", softmax_backward, 2, {ROWS, COLUMNS}, 3, {IN(N), IN(N), OUT(N)}, false, 0},
    {"apus_saccumulate", accumulate, 1, {N}, 2, {IN(N), IN_OUT(N)}, false, 0},
    {"apus_sscale", scale, 1, {N}, 1, {IN_OUT(N)}, false, 0},
    {"apus_ssum_rows", sum_rows, 2, {ROWS, COLUMNS}, 2, {IN(N), OUT(COLUMNS)}, true, 0},
    {"apus_ssum_of_squares", squares, 1, {N}, 2, {IN(N), {'r', 'd', false, 1}}, true, 0},
    {"apus_sbatchnorm_training", training, NORM_SIZES, 8, {IN(N), IN(C), IN(C), OUT(N), OUT(C), OUT(C), IN_OUT(C), IN_OUT(C)}, false, 0},
    {"apus_sbatchnorm_inference", inference, NORM_SIZES, 6, {IN(N), IN(C), IN(C), IN(C), IN(C), OUT(N)}, false, 0},
    {"apus_sbatchnorm_backward", norm_backward, NORM_SIZES, 8, {IN(N), IN(N), IN(C), IN(C), IN(C), {'o', 'f', true, N}, OUT(C), OUT(C)}, false, 0},
    {"apus_sbatchnorm_relu_training", relu_training, NORM_SIZES, 8, {IN(N), IN(C), IN(C), OUT(N), OUT(C), OUT(C), IN_OUT(C), IN_OUT(C)}, false, 0},
    {"apus_sbatchnorm_relu_inference", relu_inference, NORM_SIZES, 6, {IN(N), IN(C), IN(C), IN(C), IN(C), OUT(N)}, false, 0},
    {"apus_sbatchnorm_relu_backward", relu_backward, NORM_SIZES, 9, {IN(N), IN(N), IN(C), IN(C), IN(C), IN(C), {'o', 'f', true, N}, OUT(C), OUT(C)}, false, 0},
    {"apus_ssgd_step", sgd, 1, {N}, 3, {IN(N), IN_OUT(N), IN_OUT(N)}, false, 0},
    {"apus_srmsprop_step", rmsprop, 1, {N}, 4, {IN(N), IN_OUT(N), IN_OUT(N), IN_OUT(N)}, false, 0},
    {"apus_sadam_step", adam, 1, {N}, 4, {IN(N), IN_OUT(N), IN_OUT(N), IN_OUT(N)}, false, 0},
    {"apus_sembedding_forward", embedding, BAGS, 3, {{'i', 'w', false, ROWS}, IN(VOCABULARY *C), OUT(N)}, false, 0},
    {"apus_sembedding_backward", embedding_backward, BAGS, 3, {{'i', 'w', false, ROWS}, IN(N), OUT(VOCABULARY *C)}, true, 0},
    {"apus_sembedding_bag_forward", bag, BAGS, 5, {{'i', 'l', false, ROWS + 1}, {'i', 'w', false, 2 * ROWS}, MAYBE(2 * ROWS), IN(VOCABULARY *C), OUT(N)}, false, 0},
    {"apus_sembedding_bag_backward", bag_backward, BAGS, 5, {{'i', 'l', false, ROWS + 1}, {'i', 'w', false, 2 * ROWS}, MAYBE(2 * ROWS), IN(N), OUT(VOCABULARY *C)}, true, 0},
    {"apus_sbinary_cross_entropy", binary, LOSS(IN(N))},
    {"apus_ssparse_cross_entropy", sparse, 2, {ROWS, COLUMNS}, 5, {IN(N), {'i', 'w', false, ROWS}, MAYBE(ROWS), {'r', 'd', false, 1}, {'o', 'f', true, N}}, true, 0},
    {"apus_scategorical_cross_entropy", categorical, LOSS(IN(N))},
    {"apus_smean_squared_error", squared, LOSS(IN(N))},
    {"apus_smargin_loss", margin, LOSS(IN(N))},
    {"apus_random_bits", random_words, 1, {N}, 1, {OUT(N)}, false, 0},
    {"apus_random_uniform", uniform, 1, {N}, 1, {OUT(N)}, false, 0},
    {"apus_random_normal", normal, 1, {N}, 1, {OUT(N)}, false, 0},
    {"apus_sdropout", dropout, 1, {N}, 2, {IN(N), OUT(N)}, false, 0},
    {"apus_pool_output", pool_output, POOL_SIZES, 2, {{'r', 'l', true, 1}, {'r', 'l', true, 1}}, true, 0x2F},
    {"apus_smaxpool_forward", max_forward, POOL_SIZES, 3, {IN(X), OUT(Y), {'o', 'b', true, Y}}, false, 0x20},
    {"apus_smaxpool_backward", max_backward, POOL_SIZES, 3, {IN(Y), {'i', 'b', false, Y}, OUT(X)}, false, 0x20},
    {"apus_smaxpool_backward_recompute", max_recompute, POOL_SIZES, 3, {IN(X), IN(Y), OUT(X)}, false, 0x20},
    {"apus_savgpool_forward", average_forward, POOL_SIZES, 2, {IN(X), OUT(Y)}, false, 0x20},
    {"apus_savgpool_backward", average_backward, POOL_SIZES, 2, {IN(Y), OUT(X)}, false, 0x20},
};
enum { ENTRIES = sizeof table / sizeof table[0] };

static size_t size_of(const argument *a) {
    return (size_t)a->count * (a->type == 'b' ? 1 : a->type == 'l' || a->type == 'd' ? 8 : 4);
}

// The arguments' memory: as given to the call, and a copy from before it.
typedef struct memory {
    void *now[MOST_ARGUMENTS], *before[MOST_ARGUMENTS];
} memory;

static void fill(const argument *a, void *p, uint64_t seed) {
    random_state random = {seed};
    for (ptrdiff_t i = 0; i < a->count; i++) {
        if (a->type == 'f') ((float *)p)[i] = (float)(0.1 + random_unit(&random));
        if (a->type == 'd') ((double *)p)[i] = 42;
        if (a->type == 'w') ((int32_t *)p)[i] = (int32_t)random_index(&random, COLUMNS);
        if (a->type == 'l') ((int64_t *)p)[i] = 2 * i;
        if (a->type == 'b') ((uint8_t *)p)[i] = (uint8_t)random_index(&random, 4);
    }
}

static memory memory_make(const entry *e) {
    memory m;
    for (int k = 0; k < e->arguments; k++) {
        const size_t bytes = size_of(&e->a[k]);
        m.now[k] = malloc(2 * bytes); // room for another array that is laid over its end
        m.before[k] = malloc(2 * bytes);
        memset(m.now[k], 0, 2 * bytes);
        fill(&e->a[k], m.now[k], (uint64_t)k + 1);
        memcpy(m.before[k], m.now[k], 2 * bytes);
    }
    return m;
}

static void memory_restore(const entry *e, memory *m) {
    for (int k = 0; k < e->arguments; k++) memcpy(m->now[k], m->before[k], 2 * size_of(&e->a[k]));
}

static void memory_free(const entry *e, memory *m) {
    for (int k = 0; k < e->arguments; k++) free(m->now[k]), free(m->before[k]);
}

static bool untouched(const entry *e, const memory *m) {
    for (int k = 0; k < e->arguments; k++)
        if (!same_bits(m->now[k], m->before[k], 2 * size_of(&e->a[k]))) return false;
    return true;
}

static bool is_output(const argument *a) { return a->role == 'o' || a->role == 'u'; }

static void sizes_out_of_range(void) {
    for (const entry *e = table; e < table + ENTRIES; e++) {
        memory m = memory_make(e);
        for (int k = 0; k < e->sizes; k++) {
            static const ptrdiff_t values[] = {-1, PTRDIFF_MIN, PTRDIFF_MAX, PTRDIFF_MAX / 2, PTRDIFF_MAX / 4 + 1};
            for (int v = 0; v < 5; v++) {
                if (values[v] > 0 && (e->any_size_will >> k & 1)) continue;
                ptrdiff_t s[MOST_SIZES];
                memcpy(s, e->s, sizeof s);
                s[k] = values[v];
                const apus_status status = e->call(s, m.now);
                CHECK_MSG(status != APUS_OK, "%s: size %d = %td passes", e->name, k, values[v]);
                CHECK_MSG(untouched(e, &m), "%s: size %d = %td writes", e->name, k, values[v]);
            }
        }
        memory_free(e, &m);
    }
}

static void zero_sizes_do_nothing(void) {
    for (const entry *e = table; e < table + ENTRIES; e++) {
        memory m = memory_make(e);
        int passed = 0;
        for (int k = 0; k < e->sizes; k++) {
            ptrdiff_t s[MOST_SIZES];
            memcpy(s, e->s, sizeof s);
            s[k] = 0;
            const apus_status status = e->call(s, m.now);
            passed += status == APUS_OK;
            CHECK_MSG((status == APUS_OK && e->writes_at_zero) || untouched(e, &m), "%s: size %d = 0 writes", e->name, k);
            memory_restore(e, &m);
        }
        const ptrdiff_t none[MOST_SIZES] = {0};
        void *const null[MOST_ARGUMENTS] = {NULL};
        const apus_status status = e->call(none, e->writes_at_zero ? m.now : null);
        passed += status == APUS_OK;
        CHECK_MSG(passed > 0, "%s: no size may be 0: %s", e->name, apus_status_string(status));
        memory_free(e, &m);
    }
}

static void null_pointers(void) {
    for (const entry *e = table; e < table + ENTRIES; e++) {
        memory m = memory_make(e);
        for (int k = 0; k < e->arguments; k++) {
            void *p[MOST_ARGUMENTS];
            memcpy(p, m.now, sizeof p);
            p[k] = NULL;
            const apus_status status = e->call(e->s, p);
            CHECK_MSG(status == (e->a[k].optional ? APUS_OK : APUS_ERROR_NULL), "%s without argument %d: %s", e->name, k,
                      apus_status_string(status));
            if (status != APUS_OK) CHECK_MSG(untouched(e, &m), "%s without argument %d writes", e->name, k);
            memory_restore(e, &m);
        }
        memory_free(e, &m);
    }
}

// Each output laid over the end of each other array, by one element.
static void overlapping_outputs(void) {
    for (const entry *e = table; e < table + ENTRIES; e++) {
        memory m = memory_make(e);
        for (int out = 0; out < e->arguments; out++)
            for (int other = 0; other < e->arguments; other++) {
                if (other == out || !is_output(&e->a[out]) || e->a[other].role == 'r') continue;
                // Room for the output past the other array.
                char *room = malloc(size_of(&e->a[other]) + size_of(&e->a[out])), *kept;
                const size_t bytes = size_of(&e->a[other]) + size_of(&e->a[out]);
                memset(room, 0, bytes);
                memcpy(room, m.before[other], size_of(&e->a[other]));
                kept = malloc(bytes);
                memcpy(kept, room, bytes);
                void *p[MOST_ARGUMENTS];
                memcpy(p, m.now, sizeof p);
                p[other] = room;
                p[out] = room + size_of(&e->a[other]) - (e->a[other].type == 'b' && e->a[out].type == 'b' ? 1 : 4);
                const apus_status status = e->call(e->s, p);
                CHECK_MSG(status == APUS_ERROR_ALIAS, "%s: argument %d over %d: %s", e->name, out, other,
                          apus_status_string(status));
                CHECK_MSG(same_bits(room, kept, bytes) && untouched(e, &m), "%s: argument %d over %d writes", e->name,
                          out, other);
                free(room), free(kept);
                memory_restore(e, &m);
            }
        memory_free(e, &m);
    }
    CHECK(true);
}

static void failing_allocations(void) {
    for (const entry *e = table; e < table + ENTRIES; e++) {
        memory m = memory_make(e);
        for (long k = 1; k < 100; k++) {
            harness_fail_allocation(k);
            const apus_status status = e->call(e->s, m.now);
            harness_fail_allocation(0);
            if (status == APUS_OK) break;
            CHECK_STATUS(status, APUS_ERROR_MEMORY);
            CHECK_MSG(untouched(e, &m), "%s: allocation %ld fails and it writes", e->name, k);
        }
        CHECK_STATUS(e->call(e->s, m.now), APUS_OK);
        memory_free(e, &m);
    }
}

static void same_bits_on_any_number_of_threads(void) {
    const int threads = apus_get_threads();
    FOR_EACH_ISA(isa) {
        for (const entry *e = table; e < table + ENTRIES; e++) {
            memory m = memory_make(e), first = memory_make(e);
            apus_set_threads(1);
            CHECK_STATUS(e->call(e->s, first.now), APUS_OK);
            for (int team = 2; team <= 16; team *= 2) {
                memory_restore(e, &m);
                apus_set_threads(team);
                const long allocations = harness_allocations();
                CHECK_STATUS(e->call(e->s, m.now), APUS_OK);
                CHECK_MSG(harness_allocations() - allocations <= 2, "%s allocates with the threads", e->name);
                for (int k = 0; k < e->arguments; k++)
                    CHECK_MSG(same_bits(m.now[k], first.now[k], size_of(&e->a[k])), "%s, %s: argument %d on %d threads",
                              e->name, apus_isa_name((apus_isa)isa), k, team);
            }
            memory_free(e, &m), memory_free(e, &first);
        }
    }
    apus_set_threads(threads);
}

// Every function of the headers that gives a status stands in the table.
static void the_table_is_complete(void) {
    static const char *const headers[] = {"activation", "embedding", "loss", "norm", "optimizer", "pool", "random"};
    int found = 0;
    for (size_t h = 0; h < sizeof headers / sizeof headers[0]; h++) {
        char path[1024], line[1024], name[128];
        const char *slash = strrchr(__FILE__, '/');
        snprintf(path, sizeof path, "%.*s/../../include/apus/%s.h", slash ? (int)(slash - __FILE__) : 1,
                 slash ? __FILE__ : ".", headers[h]);
        FILE *file = fopen(path, "r");
        CHECK_MSG(file != NULL, "%s is not to be read", path);
        while (file != NULL && fgets(line, sizeof line, file) != NULL) {
            if (sscanf(line, "apus_status %127[a-z_0-9](", name) != 1) continue;
            bool known = false;
            for (const entry *e = table; e < table + ENTRIES; e++) known |= strcmp(e->name, name) == 0;
            CHECK_MSG(known, "%s is not in the table", name);
            found++;
        }
        if (file != NULL) fclose(file);
    }
    CHECK_INT(found, ENTRIES);
}

int main(void) {
    RUN(the_table_is_complete);
    RUN(sizes_out_of_range);
    RUN(zero_sizes_do_nothing);
    RUN(null_pointers);
    RUN(overlapping_outputs);
    RUN(failing_allocations);
    RUN(same_bits_on_any_number_of_threads);
    return harness_finish();
}
