// What holds for every public function that computes, whatever it computes: the same bits on any number of threads;
// a status, and untouched outputs, for what cannot be; no memory is no disaster.
#include "entries/entries.h"

static const entry *const families[] = {
    gemm_entries,      conv_entries,       pool_entries,    elementwise_entries, optimizer_entries,
    embedding_entries, statistics_entries, capsule_entries, random_entries,
    image_entries,
};
enum { FAMILIES = sizeof families / sizeof families[0] };

// FOR_EACH_ENTRY(e) { ... }
#define FOR_EACH_ENTRY(e)                               \
    for (int family_ = 0; family_ < FAMILIES; ++family_) \
        for (const entry *e = families[family_]; e->name != NULL; ++e)

static const char *const exported[] = {
#include "exported_names.inc"
};
enum { EXPORTED = sizeof exported / sizeof exported[0] };

// These compute nothing from arrays; the runtime's and their families' own tests have them.
static const char *const others[] = {
    "apus_alloc", "apus_free", "apus_parallel_for", "apus_status_string", "apus_get_caches", "apus_get_isa",
    "apus_set_isa", "apus_isa_name", "apus_isa_supported", "apus_get_threads", "apus_set_threads",
    "apus_conv_algorithm_for", "apus_conv_algorithm_name", "apus_get_conv_algorithm", "apus_set_conv_algorithm",
    "apus_conv_output", "apus_sconv_prepare_bytes", "apus_sconv_prepared_algorithm", "apus_pool_output", "apus_philox4x32",
    "apus_scapsule_sums_count", "apus_sgemm_pack_b_bytes", "apus_dgemm_pack_b_bytes",
};
enum { OTHERS = sizeof others / sizeof others[0] };

static bool ends_with(const char *text, const char *end) {
    const size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static void every_exported_function_is_in_the_table(void) {
    for (int i = 0; i < EXPORTED; ++i) {
        bool found = ends_with(exported[i], "_workspace"); // asked by the entries
        for (int j = 0; j < OTHERS; ++j) found = found || strcmp(others[j], exported[i]) == 0;
        FOR_EACH_ENTRY(e) found = found || strcmp(e->name, exported[i]) == 0;
        CHECK_MSG(found, "%s is public but has no entry in entries/", exported[i]);
    }
    FOR_EACH_ENTRY(e) {
        bool found = false;
        for (int i = 0; i < EXPORTED; ++i) found = found || strcmp(e->name, exported[i]) == 0;
        CHECK_MSG(found, "%s has an entry but is not public", e->name);
    }
}

static call call_make(void) { return (call){.memory = apus_alloc(CALL_BYTES), .before = apus_alloc(CALL_BYTES)}; }
static void call_free(call *c) { apus_free(c->memory), apus_free(c->before); }

// Runs the entry with one thing spoiled. Arrays keep what they hold where they may.
static apus_status run(const entry *e, call *c, call_mode mode, int which) {
    c->mode = mode, c->which = which;
    c->arrays = c->sizes = c->outputs = 0;
    c->spoiled = c->optional = false;
    c->used = 0;
    return e->run(c);
}

static bool same_arrays(const call *c, const char *copy) {
    for (int i = 0; i < c->arrays; ++i) {
        const char *data = c->array[i].intended;
        if (!same_bits(data, copy + (data - c->memory), c->array[i].bytes)) return false;
    }
    return true;
}
static bool untouched(const call *c) { return same_arrays(c, c->before); }
static void inputs_are_kept_from_now(call *c) { c->keep_inputs = true, c->keep_outputs = false; }
static void nothing_is_kept(call *c) { c->keep_inputs = c->keep_outputs = false; }

// MARK: Threads

static void results_have_the_same_bits_on_any_number_of_threads(void) {
    static const int threads[] = {2, 4, 8, 16};
    const int before = apus_get_threads();
    call c = call_make();
    char *first = apus_alloc(CALL_BYTES);
    FOR_EACH_ISA(isa) FOR_EACH_ENTRY(e) {
        nothing_is_kept(&c);
        apus_set_threads(1);
        if (!CHECK_MSG(run(e, &c, CALL_PLAIN, -1) == APUS_OK, "%s, entry %td: refused", e->name, e - families[family_])) continue;
        CHECK_MSG(c.outputs > 0 && !untouched(&c), "%s writes nothing", e->name);
        memcpy(first, c.memory, c.used);
        inputs_are_kept_from_now(&c);
        for (int t = 0; t < (int)(sizeof threads / sizeof threads[0]); ++t) {
            if (harness_is_quick() && threads[t] != 2 && threads[t] != 16) continue;
            apus_set_threads(threads[t]);
            const bool done = run(e, &c, CALL_PLAIN, -1) == APUS_OK;
            CHECK_MSG(done && same_arrays(&c, first), "%s, entry %td, %s: other bits on %d threads", e->name, e - families[family_],
                      apus_isa_name((apus_isa)isa), threads[t]);
        }
    }
    apus_set_threads(before);
    apus_free(first);
    call_free(&c);
}

// MARK: What cannot be

// One thing after another is spoiled; the status must be one of those allowed where it matters, and nothing written.
static int spoil_each(call_mode mode, bool (*right)(apus_status)) {
    int spoiled = 0;
    call c = call_make();
    FOR_EACH_ENTRY(e) {
        nothing_is_kept(&c);
        const bool arrays = mode == CALL_NULL || mode == CALL_ALIAS;
        for (int which = 0, count = 1; which < count; ++which) {
            const apus_status status = run(e, &c, mode, which);
            const bool clean = untouched(&c);
            count = arrays ? c.arrays : c.sizes;
            if (c.spoiled) {
                spoiled++;
                CHECK_MSG(right(status), "%s, entry %td, argument %d spoiled: %s", e->name, e - families[family_], which,
                          apus_status_string(status));
            }
            CHECK_MSG(status == APUS_OK || clean, "%s, entry %td, argument %d: refused, but something was written", e->name,
                      e - families[family_], which);
            c.keep_inputs = c.keep_outputs = clean;
        }
    }
    call_free(&c);
    return spoiled;
}

static bool is_null_error(apus_status status) { return status == APUS_ERROR_NULL; }
static bool is_alias_error(apus_status status) { return status == APUS_ERROR_ALIAS; }
static bool is_workspace_error(apus_status status) { return status == APUS_ERROR_WORKSPACE; }
static bool is_size_error(apus_status status) {
    return status == APUS_ERROR_SHAPE || status == APUS_ERROR_STRIDE || status == APUS_ERROR_OVERFLOW;
}

static void null_pointers_are_refused(void) { CHECK(spoil_each(CALL_NULL, is_null_error) > 200); }
static void negative_sizes_are_refused(void) { CHECK(spoil_each(CALL_NEGATIVE, is_size_error) > 200); }
static void sizes_that_do_not_fit_are_refused(void) {
    CHECK(spoil_each(CALL_HUGE, is_size_error) > 200);
    CHECK(spoil_each(CALL_HALF, is_size_error) > 200);
}
static void overlapping_outputs_are_refused(void) { CHECK(spoil_each(CALL_ALIAS, is_alias_error) > 80); }

static void short_workspaces_are_refused(void) {
    int shorted = 0;
    call c = call_make();
    FOR_EACH_ENTRY(e) {
        nothing_is_kept(&c);
        const apus_status status = run(e, &c, CALL_SHORT, -1);
        if (!c.spoiled) continue; // takes none
        shorted++;
        CHECK_MSG(is_workspace_error(status) && untouched(&c), "%s, entry %td: %s", e->name, e - families[family_],
                  apus_status_string(status));
    }
    // The references need none, but for decompositions.
    CHECK(shorted >= (apus_get_isa() == APUS_ISA_SCALAR ? 4 : 30));
    call_free(&c);
}

// MARK: Memory

// The first allocation fails, then the second, and so on, until the call does not get as far as that.
static void a_lack_of_memory_is_reported(void) {
    const int before = apus_get_threads();
    apus_set_threads(2);
    int refused = 0;
    call c = call_make();
    char *whole = apus_alloc(CALL_BYTES);
    FOR_EACH_ENTRY(e) {
        nothing_is_kept(&c);
        CHECK_STATUS(run(e, &c, CALL_PLAIN, -1), APUS_OK);
        memcpy(whole, c.memory, c.used);
        inputs_are_kept_from_now(&c);
        for (long n = 1; n < 1000; ++n) {
            harness_fail_allocation(n);
            const apus_status status = run(e, &c, CALL_PLAIN, -1);
            const bool reached = harness_until_failure() == 0;
            harness_fail_allocation(0);
            if (status == APUS_OK) { // there was another way, or no n-th allocation
                CHECK_MSG(same_arrays(&c, whole), "%s, entry %td: other bits", e->name, e - families[family_]);
            } else {
                refused++;
                CHECK_MSG(status == APUS_ERROR_MEMORY && untouched(&c), "%s, entry %td, allocation %ld: %s", e->name,
                          e - families[family_], n, apus_status_string(status));
            }
            if (!reached) break;
        }
    }
    CHECK(refused >= (apus_get_isa() == APUS_ISA_SCALAR ? 10 : 40));
    apus_set_threads(before);
    apus_free(whole);
    call_free(&c);
}

int main(void) {
    RUN(every_exported_function_is_in_the_table);
    RUN(results_have_the_same_bits_on_any_number_of_threads);
    RUN(null_pointers_are_refused);
    RUN(negative_sizes_are_refused);
    RUN(sizes_that_do_not_fit_are_refused);
    RUN(overlapping_outputs_are_refused);
    RUN(short_workspaces_are_refused);
    RUN(a_lack_of_memory_is_reported);
    return harness_finish();
}
