#include "../../include/apus/status.h"

const char *apus_status_string(apus_status status) {
    switch (status) {
    case APUS_OK: return "success";
    case APUS_ERROR_NULL: return "a pointer that must be given is null";
    case APUS_ERROR_SHAPE: return "a size is negative or zero where it may not be, or sizes disagree";
    case APUS_ERROR_STRIDE: return "a leading dimension is smaller than the row that it spans";
    case APUS_ERROR_OVERFLOW: return "a product of sizes does not fit the address space";
    case APUS_ERROR_MEMORY: return "memory could not be had";
    case APUS_ERROR_WORKSPACE: return "the workspace is smaller than was asked for";
    case APUS_ERROR_ALIAS: return "an output overlaps an input where it must not";
    case APUS_ERROR_INDEX: return "an index lies outside the table that it points into";
    case APUS_ERROR_VALUE: return "an argument's value is outside its documented range";
    case APUS_ERROR_UNSUPPORTED: return "this processor or build cannot do what was asked";
    case APUS_ERROR_NOT_FINITE: return "an input holds a NaN or an infinity";
    case APUS_ERROR_NO_CONVERGENCE: return "an iteration did not reach its result";
    }
    return "unknown status";
}
