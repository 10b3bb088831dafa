// The arrays and sizes that entries ask for.
#include "entries.h"

// A new array, or what takes its place. *fresh: it must be filled.
static int next(call *c, size_t bytes, bool output, bool *fresh) {
    if (c->arrays >= MOST_ARRAYS || c->used + bytes + 8192 > CALL_BYTES) {
        fprintf(stderr, "an entry asks for more memory than a call has\n");
        exit(2);
    }
    const int number = c->arrays++;
    char *data = c->memory + c->used;
    c->used += (bytes + 4095) / 4096 * 4096 + 64; // odd distances, so that arrays do not share their offset in a page
    c->array[number].intended = data;
    c->array[number].bytes = bytes;
    c->array[number].output = output;
    if (c->mode == CALL_NULL && number == c->which) {
        c->spoiled = !c->optional;
        data = NULL;
    }
    // An output that begins within the array before it.
    if (c->mode == CALL_ALIAS && number == c->which && output && number > 0 && c->array[number - 1].bytes >= 16) {
        c->spoiled = true;
        data = c->array[number - 1].intended + (c->array[number - 1].bytes >= 128 ? 64 : 8);
    }
    c->optional = false;
    c->array[number].data = data;
    *fresh = !(output ? c->keep_outputs : c->keep_inputs);
    return number;
}

void changed(call *c) {
    const int number = c->arrays - 1;
    const char *intended = c->array[number].intended;
    memcpy(c->before + (intended - c->memory), intended, c->array[number].bytes);
}

static void *floats(call *c, size_t bytes, bool output, double low) {
    bool fresh;
    const int number = next(c, bytes, output, &fresh);
    if (fresh) {
        random_state random = {(uint64_t)number + 1};
        fill_f32(&random, (float *)c->array[number].intended, (ptrdiff_t)(bytes / sizeof(float)), low, 1);
        memset(c->array[number].intended + bytes / sizeof(float) * sizeof(float), 7, bytes % sizeof(float));
        changed(c);
    }
    return c->array[number].data;
}
const float *in_f32(call *c, ptrdiff_t count) { return floats(c, (size_t)count * sizeof(float), false, -1); }
const float *in_positive_f32(call *c, ptrdiff_t count) { return floats(c, (size_t)count * sizeof(float), false, 0.1); }

static const double *doubles(call *c, ptrdiff_t count, double low) {
    bool fresh;
    const int number = next(c, (size_t)count * sizeof(double), false, &fresh);
    if (fresh) {
        random_state random = {(uint64_t)number + 1};
        fill_f64(&random, (double *)c->array[number].intended, count, low, 1);
        changed(c);
    }
    return (double *)c->array[number].data;
}
const double *in_f64(call *c, ptrdiff_t count) { return doubles(c, count, -1); }
const double *in_positive_f64(call *c, ptrdiff_t count) { return doubles(c, count, 0.1); }

const int32_t *in_indices(call *c, ptrdiff_t count, int32_t limit) {
    bool fresh;
    const int number = next(c, (size_t)count * sizeof(int32_t), false, &fresh);
    random_state random = {(uint64_t)number + 1};
    for (ptrdiff_t i = 0; fresh && i < count; ++i)
        ((int32_t *)c->array[number].intended)[i] = (int32_t)random_index(&random, limit);
    changed(c);
    return (int32_t *)c->array[number].data;
}

const int64_t *in_offsets(call *c, ptrdiff_t bags, int64_t step) {
    bool fresh;
    const int number = next(c, (size_t)(bags + 1) * sizeof(int64_t), false, &fresh);
    for (ptrdiff_t i = 0; fresh && i <= bags; ++i) ((int64_t *)c->array[number].intended)[i] = i * step;
    changed(c);
    return (int64_t *)c->array[number].data;
}

const uint8_t *in_bytes(call *c, ptrdiff_t count, int value) {
    bool fresh;
    const int number = next(c, (size_t)count, false, &fresh);
    if (fresh) memset(c->array[number].intended, value, (size_t)count);
    changed(c);
    return (uint8_t *)c->array[number].data;
}

const uint8_t *in_pixels(call *c, ptrdiff_t count) {
    bool fresh;
    const int number = next(c, (size_t)count, false, &fresh);
    random_state random = {(uint64_t)number + 1};
    for (ptrdiff_t i = 0; fresh && i < count; ++i)
        ((uint8_t *)c->array[number].intended)[i] = (uint8_t)random_index(&random, 256);
    changed(c);
    return (uint8_t *)c->array[number].data;
}

void *out_bytes(call *c, size_t bytes) {
    c->outputs++;
    return floats(c, bytes, true, 0.1);
}
float *out_f32(call *c, ptrdiff_t count) { return out_bytes(c, (size_t)count * sizeof(float)); }
double *out_f64(call *c, ptrdiff_t count) { return out_bytes(c, (size_t)count * sizeof(double)); }

call *optional(call *c) {
    c->optional = true;
    return c;
}

ptrdiff_t size(call *c, ptrdiff_t value) {
    if (c->sizes++ != c->which) return value;
    switch (c->mode) {
    case CALL_NEGATIVE: c->spoiled = true; return -1;
    case CALL_HUGE: c->spoiled = true; return PTRDIFF_MAX;
    case CALL_HALF: c->spoiled = true; return PTRDIFF_MAX / 2; // fits, but its bytes do not
    default: return value;
    }
}

ptrdiff_t byte_count(call *c, ptrdiff_t value) {
    if (c->mode == CALL_NEGATIVE) return size(c, value);
    c->sizes++;
    return value;
}

static void *block(call *c, size_t bytes) {
    if (c->used + bytes > CALL_BYTES) {
        fprintf(stderr, "an entry asks for more workspace than a call has\n");
        exit(2);
    }
    return c->memory + c->used;
}

void *space(call *c, size_t *bytes) {
    if (c->mode != CALL_SHORT || *bytes == 0) {
        *bytes = 0;
        return NULL;
    }
    c->spoiled = true;
    *bytes -= 1;
    return block(c, *bytes);
}

void *required_space(call *c, size_t *bytes) {
    if (c->mode == CALL_SHORT && *bytes > 0) return space(c, bytes);
    return block(c, *bytes);
}
