// Checks of arguments, and the smallest cases of the decompositions.
#include "../../include/apus/linalg.h"
#include "harness.h"

static void what_is_not_finite_is_found(void) {
    double a[6] = {1, 2, 3, 4, NAN, INFINITY}, s[2] = {7, 7}, u[4], vt[6];
    apus_svd_desc d = {2, 3, 3, 2, 3, APUS_VECTORS_THIN};
    apus_linalg_info info;
    CHECK_STATUS(apus_dsvd(&d, a, s, u, vt, &info, NULL, 0), APUS_ERROR_NOT_FINITE);
    CHECK(info.row == 1 && info.column == 1 && s[0] == 7 && s[1] == 7);
}

static void one_row(void) {
    double a[2] = {3, -4}, s, u, vt[2], w[2];
    apus_svd_desc d = {1, 2, 2, 1, 2, APUS_VECTORS_THIN};
    CHECK_STATUS(apus_dsvd(&d, a, &s, &u, vt, NULL, NULL, 0), APUS_OK);
    CHECK_RELATIVE(s, 5, 1e-15);
    CHECK_RELATIVE(u * s * vt[0], 3, 1e-15);
    CHECK_RELATIVE(u * s * vt[1], -4, 1e-15);
    double c[4] = {2, 1, 1, 2};
    apus_eigh_desc e = {2, 2, 2, 2};
    CHECK_STATUS(apus_deigh(&e, c, w, NULL, NULL, NULL, 0), APUS_OK);
    CHECK_RELATIVE(w[0], 3, 1e-15);
    CHECK_RELATIVE(w[1], 1, 1e-15);
}

int main(void) {
    RUN(what_is_not_finite_is_found);
    RUN(one_row);
    return harness_finish();
}
