// Checks that all decompositions make.
#include "linalg_internal.h"

apus_status apus_linalg_check_matrix(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t ld, size_t element_bytes) {
    if (ld < columns) return APUS_ERROR_STRIDE;
    ptrdiff_t elements, bytes;
    // Thirty-two times: the arrays of a workspace are added up in the same type.
    if (!apus_multiply_sizes(rows, ld, &elements) || !apus_multiply_sizes(elements, 32 * (ptrdiff_t)element_bytes, &bytes))
        return APUS_ERROR_OVERFLOW;
    return APUS_OK;
}

bool apus_linalg_outputs_overlap(const linalg_extent *arrays, int outputs, int count) {
    for (int i = 0; i < outputs; i++)
        for (int j = i + 1; j < count; j++)
            if (apus_overlap(arrays[i].start, arrays[i].bytes, arrays[j].start, arrays[j].bytes)) return true;
    return false;
}

apus_status apus_linalg_use_workspace(void **workspace, size_t given, size_t wanted, void **own) {
    *own = NULL;
    if (*workspace != NULL || given != 0) return *workspace == NULL || given < wanted ? APUS_ERROR_WORKSPACE : APUS_OK;
    *workspace = *own = apus_alloc(wanted);
    return *own == NULL ? APUS_ERROR_MEMORY : APUS_OK;
}
