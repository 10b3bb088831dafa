#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "../../CSources/runtime/internal.h"
#include "harness.h"

// MARK: Status and instruction sets

static void every_status_has_its_own_sentence(void) {
    for (int i = 0; i <= APUS_ERROR_NO_CONVERGENCE; ++i)
        for (int j = 0; j < i; ++j)
            CHECK(strcmp(apus_status_string((apus_status)i), apus_status_string((apus_status)j)) != 0);
    CHECK(strcmp(apus_status_string((apus_status)999), "unknown status") == 0);
}

static void isa_can_be_chosen(void) {
    CHECK(apus_isa_supported(apus_get_isa()));
    CHECK(apus_isa_supported(APUS_ISA_SCALAR));
    CHECK(strcmp(apus_isa_name(APUS_ISA_AVX512), "avx512") == 0);
    CHECK(strcmp(apus_isa_name((apus_isa)17), "unknown") == 0);
    int count = 0;
    apus_isa before = apus_get_isa();
    FOR_EACH_ISA(isa) {
        CHECK_INT(apus_get_isa(), isa);
        count++;
    }
    // Scalar and at least one more on the processors that have variants, or the one that was asked for.
    CHECK(getenv("APUS_TEST_ONE_ISA") != NULL ? count == 1 : count >= 2);
    CHECK_INT(apus_get_isa(), before);
    for (int isa = -1; isa < 6; ++isa)
        if (!apus_isa_supported((apus_isa)isa)) {
            CHECK_STATUS(apus_set_isa((apus_isa)isa), APUS_ERROR_UNSUPPORTED);
            CHECK_INT(apus_get_isa(), before);
        }
}

static void isa_follows_the_environment(void) {
    // Resolved once a process: a child that was started with the variable tells.
    char command[4200], output[64] = "";
    char self[4096] = "";
    harness_own_path(self, sizeof self);
    if (self[0] == 0) return;
    snprintf(command, sizeof command, "APUS_ISA=scalar APUS_NUM_THREADS=3 '%s' --print", self);
    FILE *child = popen(command, "r");
    CHECK(child != NULL && fgets(output, sizeof output, child) != NULL);
    if (child != NULL) pclose(child);
    CHECK_MSG(strcmp(output, "scalar 3\n") == 0, "got %s", output);
    snprintf(command, sizeof command, "APUS_ISA=nonsense OMP_NUM_THREADS=5,2 '%s' --print", self);
    child = popen(command, "r");
    CHECK(child != NULL && fgets(output, sizeof output, child) != NULL);
    if (child != NULL) pclose(child);
    char expected[64];
    apus_isa best = APUS_ISA_SCALAR;
    for (int isa = 0; isa < 4; ++isa)
        if (apus_isa_supported((apus_isa)isa)) best = (apus_isa)isa;
    snprintf(expected, sizeof expected, "%s 5\n", apus_isa_name(best));
    CHECK_MSG(strcmp(output, expected) == 0, "got %s", output);
}

static void caches_are_plausible(void) {
    apus_caches caches = apus_get_caches(), again = apus_get_caches();
    CHECK(caches.l1 >= 8 << 10 && caches.l1 <= 1 << 20);
    CHECK(caches.l2 >= 64 << 10 && caches.l2 <= 64 << 20);
    CHECK(caches.l3 >= 512 << 10);
    CHECK(caches.l1 == again.l1 && caches.l2 == again.l2 && caches.l3 == again.l3);
}

static void threads_can_be_set(void) {
    int before = apus_get_threads();
    CHECK(before >= 1);
    CHECK_STATUS(apus_set_threads(0), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_set_threads(-3), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_set_threads(1025), APUS_ERROR_VALUE);
    CHECK_INT(apus_get_threads(), before);
    CHECK_STATUS(apus_set_threads(7), APUS_OK);
    CHECK_INT(apus_get_threads(), 7);
    CHECK_STATUS(apus_set_threads(before), APUS_OK);
}

// MARK: The team

typedef struct {
    ptrdiff_t count, grain;
    atomic_int *visits;
    atomic_int bad;
    int team;
} visit_context;

static void visit(void *context, ptrdiff_t begin, ptrdiff_t end) {
    visit_context *c = context;
    ptrdiff_t expected = c->count - begin < c->grain ? c->count : begin + c->grain;
    int member = apus_team_member();
    if (begin % c->grain != 0 || end != expected || member < 0 || member >= c->team || apus_team_size() != 1)
        atomic_fetch_add(&c->bad, 1);
    for (ptrdiff_t i = begin; i < end; ++i) atomic_fetch_add(&c->visits[i], 1);
}

static void every_item_is_visited_once(void) {
    int before = apus_get_threads();
    static const int threads[] = {1, 2, 3, 4, 8, 16};
    static const ptrdiff_t counts[] = {0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 1000};
    static const ptrdiff_t grains[] = {1, 2, 3, 8, 64, 5000, PTRDIFF_MAX};
    for (size_t t = 0; t < sizeof threads / sizeof *threads; ++t) {
        apus_set_threads(threads[t]);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i)
            for (size_t j = 0; j < sizeof grains / sizeof *grains; ++j) {
                atomic_int visits[1000];
                for (int v = 0; v < 1000; ++v) atomic_init(&visits[v], 0);
                visit_context c = {.count = counts[i], .grain = grains[j], .visits = visits, .team = apus_team_size()};
                CHECK_STATUS(apus_parallel_for(c.count, c.grain, visit, &c), APUS_OK);
                int wrong = 0;
                for (ptrdiff_t v = 0; v < 1000; ++v) wrong += atomic_load(&visits[v]) != (v < c.count);
                CHECK_INT(wrong, 0);
                CHECK_INT(atomic_load(&c.bad), 0);
            }
    }
    apus_set_threads(before);
    CHECK_STATUS(apus_parallel_for(5, 1, NULL, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_parallel_for(5, 0, visit, NULL), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_parallel_for(-5, 1, visit, NULL), APUS_OK);
}

static void inner(void *context, ptrdiff_t begin, ptrdiff_t end) {
    atomic_int *sum = context;
    if (apus_team_member() == 0 && apus_team_size() == 1) atomic_fetch_add(sum, (int)(end - begin));
}

static void outer(void *context, ptrdiff_t begin, ptrdiff_t end) {
    int member = apus_team_member();
    for (ptrdiff_t i = begin; i < end; ++i) apus_parallel_for(10, 3, inner, context);
    // The nested call must leave this thread's own number as it was.
    if (apus_team_member() != member) atomic_store((atomic_int *)context, -1000000);
}

static void a_nested_call_runs_serially(void) {
    int before = apus_get_threads();
    apus_set_threads(4);
    atomic_int sum = 0;
    CHECK_STATUS(apus_parallel_for(100, 7, outer, &sum), APUS_OK);
    CHECK_INT(atomic_load(&sum), 1000);
    CHECK_INT(apus_team_member(), 0);
    apus_set_threads(before);
}

static void *call_from_thread(void *result) {
    atomic_int *sum = result;
    for (int i = 0; i < 50; ++i) apus_parallel_for(40, 3, outer, sum);
    return NULL;
}

static void works_on_a_callers_own_threads(void) {
    int before = apus_get_threads();
    apus_set_threads(2);
    pthread_t threads[4];
    atomic_int sums[4];
    for (int i = 0; i < 4; ++i) {
        atomic_init(&sums[i], 0);
        CHECK(pthread_create(&threads[i], NULL, call_from_thread, &sums[i]) == 0);
    }
    for (int i = 0; i < 4; ++i) {
        pthread_join(threads[i], NULL);
        CHECK_INT(atomic_load(&sums[i]), 50 * 400);
    }
    apus_set_threads(before);
}

static void members(void *context, ptrdiff_t begin, ptrdiff_t end) {
    (void)begin, (void)end;
    atomic_int *most = context;
    int member = apus_team_member(), seen = atomic_load(most);
    while (member > seen && !atomic_compare_exchange_weak(most, &seen, member)) {}
}

static void a_limited_team_stays_within_its_limit(void) {
    int before = apus_get_threads();
    apus_set_threads(16);
    atomic_int most = 0;
    CHECK_STATUS(apus_parallel_for_team(3, 1000, 1, members, &most), APUS_OK);
    CHECK(atomic_load(&most) < 3);
    apus_set_threads(before);
}

// MARK: Memory

static void memory_is_aligned_and_usable(void) {
    static const size_t sizes[] = {0, 1, 63, 64, 65, 4096, (4 << 20) - 1, 4 << 20, (5 << 20) + 17};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        unsigned char *block = apus_alloc(sizes[i]);
        CHECK(block != NULL);
        CHECK((uintptr_t)block % 64 == 0);
        size_t usable = sizes[i] < 64 ? 64 : sizes[i];
        memset(block, 0xa5, usable);
        CHECK(block[0] == 0xa5 && block[usable - 1] == 0xa5);
        apus_free(block);
    }
    apus_free(NULL);
    CHECK(apus_alloc(SIZE_MAX) == NULL);
    CHECK(apus_alloc(PTRDIFF_MAX) == NULL);
}

static void allocation_failure_is_reported_once(void) {
    harness_fail_allocation(2);
    void *first = apus_alloc(100), *second = apus_alloc(100), *third = apus_alloc(100);
    CHECK(first != NULL);
    CHECK(second == NULL);
    CHECK(third != NULL);
    apus_free(first);
    apus_free(third);
}

// MARK: The harness itself

static void harness_measures_what_it_says(void) {
    CHECK(ulp_error(1.0f, 1.0) == 0);
    CHECK(fabs(ulp_error(nextafterf(1.0f, 2), 1.0) - 1) < 1e-12);
    CHECK(isinf(ulp_error(NAN, 1.0)));
    CHECK(ulp_error(NAN, NAN) == 0);
    CHECK(isinf(ulp_error(INFINITY, 1.0)));
    CHECK(ulp_error(INFINITY, INFINITY) == 0);
    float a[4] = {0, 0, 1, 2};
    double b[4] = {0, 0, 1, 2.5};
    CHECK(mostly_zero(a, 4));
    CHECK(!mostly_zero(a + 1, 3) == (1.0 <= 0.3 * 3));
    CHECK(fabs(relative_error(a, b, 4) - 0.2) < 1e-12);
    CHECK(fabs(relative_l2(a, b, 4) - 0.5 / sqrt(7.25)) < 1e-12);
    for (int side = 0; side < 2; ++side) {
        guarded g = guard_alloc(13, (guard_side)side);
        memset(g.data, 1, 13);
        CHECK(((unsigned char *)g.data)[12] == 1);
        guard_free(&g);
    }
    random_state random = {1};
    float x[1000];
    fill_f32(&random, x, 1000, -1, 3);
    double sum = 0;
    for (int i = 0; i < 1000; ++i) sum += x[i];
    CHECK(fabs(sum / 1000 - 1) < 0.2);
}

int main(int count, char **arguments) {
    if (count == 2 && strcmp(arguments[1], "--print") == 0) {
        printf("%s %d\n", apus_isa_name(apus_get_isa()), apus_get_threads());
        return 0;
    }
    RUN(every_status_has_its_own_sentence);
    RUN(isa_can_be_chosen);
    RUN(isa_follows_the_environment);
    RUN(caches_are_plausible);
    RUN(threads_can_be_set);
    RUN(every_item_is_visited_once);
    RUN(a_nested_call_runs_serially);
    RUN(works_on_a_callers_own_threads);
    RUN(a_limited_team_stays_within_its_limit);
    RUN(memory_is_aligned_and_usable);
    RUN(allocation_failure_is_reported_once);
    RUN(harness_measures_what_it_says);
    return harness_finish();
}
