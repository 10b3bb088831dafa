// Convolutions while another thread changes the number of threads: a call keeps to the count that its
// workspace was sized for. Every workspace ends at a page that may not be touched.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "../../include/apus/conv.h"
#include "harness.h"

enum { MOST_THREADS = 16, PASSES = 3 };

// Every second count is 1, and the next one follows within nanoseconds: a call is often sized for one thread
// just before there are more.
static void *change_threads(void *context) {
    atomic_bool *stop = context;
    while (!atomic_load(stop)) {
        for (int i = 0; i < 1024; i++) {
            apus_set_threads(1);
            apus_set_threads(2 + i % (MOST_THREADS - 1));
        }
        sched_yield();
    }
    return NULL;
}

typedef struct problem {
    apus_conv_desc d;
    float *x, *w, *bias, *dy;
    ptrdiff_t counts[PASSES];       // floats of y, dx and dw
    float *want[PASSES], *got[PASSES], *want_bias, *got_bias;
    size_t bytes[PASSES][MOST_THREADS + 1]; // of workspace, for each number of threads
} problem;

static float *floats(random_state *random, ptrdiff_t n) {
    float *x = malloc((size_t)n * sizeof(float));
    if (x == NULL) exit(2);
    fill_f32(random, x, n, -1, 1);
    return x;
}

static apus_status run(const problem *p, int pass, float *const *to, float *dbias, void *workspace, size_t bytes) {
    if (pass == 0) return apus_sconv_forward(&p->d, p->x, p->w, p->bias, to[0], workspace, bytes);
    if (pass == 1) return apus_sconv_backward_data(&p->d, p->dy, p->w, to[1], workspace, bytes);
    return apus_sconv_backward_weights(&p->d, p->x, p->dy, to[2], dbias, workspace, bytes);
}

// With the results of one thread.
static problem problem_make(apus_conv_desc d) {
    random_state random = {2};
    problem p = {.d = d};
    ptrdiff_t out_h = 0, out_w = 0;
    CHECK_STATUS(apus_conv_output(&d, &out_h, &out_w), APUS_OK);
    p.counts[0] = d.batch * out_h * out_w * d.out_c;
    p.counts[1] = d.batch * d.in_h * d.in_w * d.in_c;
    p.counts[2] = d.kernel_h * d.kernel_w * d.in_c * d.out_c;
    p.x = floats(&random, p.counts[1]), p.w = floats(&random, p.counts[2]);
    p.bias = floats(&random, d.out_c), p.dy = floats(&random, p.counts[0]);
    p.want_bias = floats(&random, d.out_c), p.got_bias = floats(&random, d.out_c);
    apus_set_threads(1);
    for (int pass = 0; pass < PASSES; pass++) {
        p.want[pass] = floats(&random, p.counts[pass]);
        p.got[pass] = floats(&random, p.counts[pass]);
        CHECK_STATUS(run(&p, pass, p.want, p.want_bias, NULL, 0), APUS_OK);
    }
    for (int team = 1; team <= MOST_THREADS; team++) {
        apus_set_threads(team);
        for (int pass = 0; pass < PASSES; pass++) p.bytes[pass][team] = apus_sconv_workspace(&d, (apus_conv_pass)pass);
    }
    return p;
}

static void problem_free(problem *p) {
    float *all[] = {p->x, p->w, p->bias, p->dy, p->want_bias, p->got_bias};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    for (int pass = 0; pass < PASSES; pass++) free(p->want[pass]), free(p->got[pass]);
}

// A pass again and again, with a workspace for a few threads or the library's own. A workspace for fewer
// threads than there are is refused, so the call is repeated until the count happens to fit: it is 1 just
// before the call, and for as long as the other thread lets it.
static void repeat_pass(problem *p, int pass, int rounds) {
    const size_t most = p->bytes[pass][MOST_THREADS];
    guarded space = guard_alloc(most, GUARD_END);
    random_state random = {3};
    for (int done = 0, tries = 0; done < rounds; tries++) {
        const int team = done % 4; // 0: the library's own
        const size_t bytes = team == 0 ? 0 : p->bytes[pass][team];
        void *workspace = team == 0 ? NULL : (char *)space.data + (most - bytes);
        fill_f32(&random, p->got[pass], p->counts[pass] < 64 ? p->counts[pass] : 64, 2, 3);
        apus_set_threads(1);
        const apus_status status = run(p, pass, p->got, p->got_bias, workspace, bytes);
        if (status == APUS_ERROR_WORKSPACE && team > 0 && tries < 1000000) continue;
        if (!CHECK_STATUS(status, APUS_OK)) break;
        const bool same = same_bits(p->got[pass], p->want[pass], (size_t)p->counts[pass] * sizeof(float)) &&
                          (pass < 2 || same_bits(p->got_bias, p->want_bias, (size_t)p->d.out_c * sizeof(float)));
        if (!CHECK_MSG(same, "%s, pass %d, %td->%td channels", apus_isa_name(apus_get_isa()), pass, p->d.in_c, p->d.out_c))
            break;
        done++;
    }
    guard_free(&space);
}

static apus_conv_desc line(ptrdiff_t batch, ptrdiff_t length, ptrdiff_t in_c, ptrdiff_t out_c, ptrdiff_t kernel) {
    return (apus_conv_desc){batch, 1, length, in_c, out_c, 1, kernel, 1, 1, 1, 1, 0, 0, kernel / 2, kernel / 2, APUS_ACTIVATION_LINEAR};
}

static void while_threads_change(apus_conv_algorithm algorithm) {
    const apus_conv_desc descs[] = {
        // Work enough that every thread gets some.
        line(64, 250, 40, 72, 3),  // rows read in place and from a copy; sliced weight gradients
        line(128, 250, 4, 64, 5),  // backward-data by scattering
        {64, 5, 5, 40, 70, 4, 4, 1, 1, 1, 1, 1, 1, 1, 1, APUS_ACTIVATION_LINEAR},   // patches
        {64, 14, 14, 24, 64, 3, 3, 2, 2, 1, 1, 1, 1, 1, 1, APUS_ACTIVATION_LINEAR}, // phases
    };
    const int before = apus_get_threads(), count = algorithm == APUS_CONV_WINOGRAD ? 2 : 4;
    CHECK_STATUS(apus_set_conv_algorithm(algorithm), APUS_OK);
    FOR_EACH_ISA(isa) {
        for (int c = 0; c < count; c++) {
            problem p = problem_make(descs[c]);
            atomic_bool stop = false;
            pthread_t changer;
            if (isa == APUS_ISA_SCALAR) { // asks for no workspace
                CHECK_INT(p.bytes[0][MOST_THREADS], 0);
            } else if (CHECK(pthread_create(&changer, NULL, change_threads, &stop) == 0)) {
                for (int pass = 0; pass < PASSES; pass++) {
                    CHECK_INT(apus_conv_algorithm_for(&p.d, (apus_conv_pass)pass), algorithm);
                    repeat_pass(&p, pass, harness_is_quick() ? 12 : 100);
                }
                atomic_store(&stop, true);
                pthread_join(changer, NULL);
            }
            problem_free(&p);
        }
    }
    apus_set_threads(before);
}

static void direct_convolutions(void) { while_threads_change(APUS_CONV_DIRECT); }
static void winograd_convolutions(void) { while_threads_change(APUS_CONV_WINOGRAD); }

int main(void) {
    RUN(direct_convolutions);
    RUN(winograd_convolutions);
    return harness_finish();
}
