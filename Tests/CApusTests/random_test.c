// Random numbers: Random123's known answers, the same bits with every variant, position, chunk and
// thread count, stored values that hold on every platform, and the distributions' moments.
#include <float.h>

#include "../../include/apus/random.h"
#include "harness.h"

// Known answers of Philox4x32-10 from Random123's kat_vectors (Salmon et al. 2011).
static void philox_known_answers(void) {
    static const struct { uint32_t counter[4], key[2], out[4]; } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t out[4];
        apus_philox4x32(cases[i].counter, cases[i].key, out);
        CHECK(same_bits(out, cases[i].out, sizeof out));
    }
}

// The stream interface's counter layout: each word against a block made one at a time.
static void words_follow_the_documented_counter(void) {
    const uint64_t seed = 0x299f31d0a4093822u, stream = 0x0370734413198a2eu, block = 0x85a308d3243f6a88u >> 2;
    FOR_EACH_ISA(isa) {
        for (ptrdiff_t n = 0; n <= 70; n++)
            for (uint64_t skip = 0; skip < 4; skip++) {
                guarded area = guard_alloc((size_t)n * 4, GUARD_END);
                uint32_t *out = area.data;
                CHECK_STATUS(apus_random_bits(seed, stream, 4 * block + skip, n, out), APUS_OK);
                bool same = true;
                for (ptrdiff_t i = 0; i < n; i++) {
                    uint64_t word = 4 * block + skip + (uint64_t)i, b = word / 4;
                    uint32_t counter[4] = {(uint32_t)b, (uint32_t)(b >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)};
                    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)}, four[4];
                    apus_philox4x32(counter, key, four);
                    same = same && out[i] == four[word % 4];
                }
                CHECK_MSG(same, "isa %d n %td skip %llu", isa, n, (unsigned long long)skip);
                guard_free(&area);
            }
    }
}

// What hash_all gives, found with the scalar variant.
#define STORED_HASH 0x2ba7088f7154068au

enum { LARGE = 50021 };
static uint32_t words_a[LARGE], words_b[LARGE];
static float floats_a[LARGE], floats_b[LARGE], input[LARGE];

// All four generators from `position`, in one hash of bits (FNV-1a over 32-bit words).
static uint64_t hash_all(uint64_t position, ptrdiff_t n) {
    uint64_t hash = 1469598103934665603u;
    uint32_t bits;
    apus_random_bits(7, 3, position, n, words_a);
    for (ptrdiff_t i = 0; i < n; i++) hash = (hash ^ words_a[i]) * 1099511628211u;
    for (int kind = 0; kind < 3; kind++) {
        if (kind == 0) apus_random_uniform(7, 3, position, n, -1.3f, 2.7f, floats_a);
        if (kind == 1) apus_random_normal(7, 3, position, n, 0.5f, 2.0f, floats_a);
        if (kind == 2) apus_sdropout(7, 3, position, 0.3f, n, input, floats_a);
        for (ptrdiff_t i = 0; i < n; i++) {
            memcpy(&bits, floats_a + i, 4);
            hash = (hash ^ bits) * 1099511628211u;
        }
    }
    return hash;
}

// One stored hash for every variant, compiler, platform and number of threads.
static void same_bits_everywhere(void) {
    int threads = apus_get_threads();
    for (ptrdiff_t i = 0; i < LARGE; i++) input[i] = (float)(i % 1000 - 500) / 128;
    FOR_EACH_ISA(isa) {
        for (int team = 1; team <= 16; team *= 2) {
            apus_set_threads(team);
            uint64_t hash = hash_all(5, LARGE);
            CHECK_MSG(hash == STORED_HASH, "isa %d threads %d: hash %llx", isa, team, (unsigned long long)hash);
        }
        apus_set_threads(threads);
    }
}

static void every_position_is_reached_directly(void) {
    random_state random = {11};
    FOR_EACH_ISA(isa) {
        apus_random_uniform(1, 2, 0, LARGE, 0, 1, floats_a);
        apus_random_bits(1, 2, 0, LARGE, words_a);
        for (int trial = 0; trial < 200; trial++) {
            ptrdiff_t at = random_index(&random, LARGE - 100), n = random_index(&random, 100);
            apus_random_uniform(1, 2, (uint64_t)at, n, 0, 1, floats_b);
            apus_random_bits(1, 2, (uint64_t)at, n, words_b);
            CHECK(same_bits(floats_b, floats_a + at, (size_t)n * 4) && same_bits(words_b, words_a + at, (size_t)n * 4));
        }
        apus_random_normal(1, 2, 0, 5000, 0, 1, floats_a);
        for (int trial = 0; trial < 200; trial++) {
            ptrdiff_t at = random_index(&random, 4900), n = random_index(&random, 100);
            apus_random_normal(1, 2, (uint64_t)at, n, 0, 1, floats_b);
            CHECK(same_bits(floats_b, floats_a + at, (size_t)n * 4));
        }
    }
}

// Box-Muller of the documented words in libm's double arithmetic.
static void normal_is_box_muller(void) {
    FOR_EACH_ISA(isa) {
        apus_random_bits(99, 1, 400, 4 * 5000, words_a);
        apus_random_normal(99, 1, 100, 5000, 0.25f, 1.5f, floats_a);
        double worst = 0;
        for (int i = 0; i < 5000; i++) {
            double u = (words_a[4 * i] + 1.0) * 0x1p-32, turn = words_a[4 * i + 1] * 0x1p-32;
            double exact = 0.25 + 1.5 * (sqrt(-2 * log(u)) * cos(2 * 3.14159265358979323846 * turn));
            worst = fmax(worst, fabs(floats_a[i] - exact) / fmax(fabs(exact), 1e-3));
        }
        CHECK_MSG(worst < 6.1e-8, "isa %d: %g", isa, worst); // half an ulp
    }
}

// n, mean, variance, skewness and kurtosis within five standard errors.
static void normal_moments(void) {
    double m = 0, m2 = 0, m3 = 0, m4 = 0;
    apus_random_normal(2024, 0, 0, LARGE, 0, 1, floats_a);
    for (ptrdiff_t i = 0; i < LARGE; i++) {
        double x = floats_a[i];
        m += x, m2 += x * x, m3 += x * x * x, m4 += x * x * x * x;
    }
    double n = LARGE;
    CHECK_ABSOLUTE(m / n, 0, 5 / sqrt(n));
    CHECK_ABSOLUTE(m2 / n, 1, 5 * sqrt(2 / n));
    CHECK_ABSOLUTE(m3 / n, 0, 5 * sqrt(15 / n));
    CHECK_ABSOLUTE(m4 / n, 3, 5 * sqrt(96 / n));
}

static void uniform_keeps_its_bounds(void) {
    static const float bounds[][2] = {{0, 1},           {-1.3f, 2.7f},        {1, 1.0000001f}, {-FLT_MAX, FLT_MAX},
                                      {1e30f, 1.1e30f}, {-1e-40f, 1e-40f}, {16777216, 16777218}, {-5, -5}};
    FOR_EACH_ISA(isa) {
        for (size_t k = 0; k < sizeof bounds / sizeof bounds[0]; k++) {
            float low = bounds[k][0], high = bounds[k][1];
            CHECK_STATUS(apus_random_uniform(5, 0, 0, 20000, low, high, floats_a), APUS_OK);
            bool inside = true;
            double mean = 0;
            for (int i = 0; i < 20000; i++) {
                inside = inside && floats_a[i] >= low && (floats_a[i] < high || low == high);
                mean += floats_a[i] / 20000.0;
            }
            CHECK_MSG(inside, "isa %d [%g, %g)", isa, low, high);
            if (k < 2) CHECK_ABSOLUTE(mean, (low + high) / 2.0, 5 * (high - low) / sqrt(12 * 20000.0));
        }
    }
}

static void dropout_follows_its_words(void) {
    static const float rates[] = {0, 1e-8f, 0.1f, 0.5f, 0.9f, 0.99999994f};
    FOR_EACH_ISA(isa) {
        for (size_t k = 0; k < sizeof rates / sizeof rates[0]; k++)
            for (ptrdiff_t n = 0; n < 70; n += 1 + n / 9) {
                guarded in = guard_alloc((size_t)n * 4, GUARD_END), out = guard_alloc((size_t)n * 4, GUARD_END);
                float *x = in.data, *y = out.data;
                for (ptrdiff_t i = 0; i < n; i++) x[i] = (float)(i + 1) * 0.37f;
                apus_random_bits(8, 9, 13, n, words_a);
                CHECK_STATUS(apus_sdropout(8, 9, 13, rates[k], n, x, y), APUS_OK);
                for (ptrdiff_t i = 0; i < n; i++) {
                    double u = (words_a[i] >> 8) * 0x1p-24;
                    if (u < rates[k]) CHECK(y[i] == 0);
                    else CHECK_RELATIVE(y[i], x[i] / (1 - (double)rates[k]), 2e-7);
                }
                apus_sdropout(8, 9, 13, rates[k], n, x, x);
                CHECK(same_bits(x, y, (size_t)n * 4));
                guard_free(&in);
                guard_free(&out);
            }
        for (ptrdiff_t i = 0; i < LARGE; i++) input[i] = 1;
        apus_sdropout(1, 0, 0, 0.25f, LARGE, input, floats_a);
        ptrdiff_t kept = 0;
        for (ptrdiff_t i = 0; i < LARGE; i++) kept += floats_a[i] != 0;
        CHECK_ABSOLUTE((double)kept / LARGE, 0.75, 5 * sqrt(0.1875 / LARGE));
    }
}

static void refusals(void) {
    float out[8] = {42};
    uint32_t bits[8] = {42};
    CHECK_STATUS(apus_random_bits(0, 0, 0, -1, bits), APUS_ERROR_SHAPE);
    CHECK_STATUS(apus_random_bits(0, 0, 0, 8, NULL), APUS_ERROR_NULL);
    CHECK_STATUS(apus_random_bits(0, 0, 0, 0, NULL), APUS_OK);
    CHECK_STATUS(apus_random_bits(0, 0, UINT64_MAX - 2, 8, bits), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_random_bits(0, 0, 0, PTRDIFF_MAX, bits), APUS_ERROR_OVERFLOW);
    CHECK_STATUS(apus_random_uniform(0, 0, 0, 8, 1, 0, out), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_random_uniform(0, 0, 0, 8, 0, INFINITY, out), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_random_uniform(0, 0, 0, 8, NAN, 1, out), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_random_normal(0, 0, 0, 8, 0, -1, out), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_random_normal(0, 0, 0, 8, 0, NAN, out), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sdropout(0, 0, 0, 1, 8, out, out), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sdropout(0, 0, 0, -0.1f, 8, out, out), APUS_ERROR_VALUE);
    CHECK_STATUS(apus_sdropout(0, 0, 0, 0.5f, 4, out, out + 1), APUS_ERROR_ALIAS);
    CHECK_STATUS(apus_sdropout(0, 0, 0, 0.5f, 4, NULL, out), APUS_ERROR_NULL);
    CHECK(out[0] == 42 && bits[0] == 42);
}

int main(void) {
    RUN(philox_known_answers);
    RUN(words_follow_the_documented_counter);
    RUN(same_bits_everywhere);
    RUN(every_position_is_reached_directly);
    RUN(normal_is_box_muller);
    RUN(normal_moments);
    RUN(uniform_keeps_its_bounds);
    RUN(dropout_follows_its_words);
    RUN(refusals);
    return harness_finish();
}
