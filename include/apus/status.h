/// Status codes: what every fallible function of Apus returns.
#ifndef APUS_STATUS_H
#define APUS_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define APUS_BEGIN_DECLS extern "C" {
#define APUS_END_DECLS }
#else
#define APUS_BEGIN_DECLS
#define APUS_END_DECLS
#endif

APUS_BEGIN_DECLS

typedef enum apus_status {
    APUS_OK = 0,
    APUS_ERROR_NULL = 1,        ///< A pointer that must be given is null.
    APUS_ERROR_SHAPE = 2,       ///< A size is negative or zero where it may not be, or sizes disagree.
    APUS_ERROR_STRIDE = 3,      ///< A leading dimension is smaller than the row that it spans.
    APUS_ERROR_OVERFLOW = 4,    ///< A product of sizes does not fit ptrdiff_t.
    APUS_ERROR_MEMORY = 5,      ///< Memory could not be had.
    APUS_ERROR_WORKSPACE = 6,   ///< The workspace that was given is smaller than was asked for.
    APUS_ERROR_ALIAS = 7,       ///< An output overlaps an input where it must not.
    APUS_ERROR_INDEX = 8,       ///< An index lies outside the table that it points into.
    APUS_ERROR_VALUE = 9,       ///< An argument's value is outside its documented range.
    APUS_ERROR_UNSUPPORTED = 10, ///< This processor or build cannot do what was asked.
    APUS_ERROR_NOT_FINITE = 11, ///< An input holds a NaN or an infinity where it must not.
    APUS_ERROR_NO_CONVERGENCE = 12 ///< An iteration did not reach its result.
} apus_status;

/// A constant English sentence for a status; never null, also for a value outside the enum.
const char *apus_status_string(apus_status status);

APUS_END_DECLS
#endif
