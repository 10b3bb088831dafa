# The C library by gcc without a warning, its tests once for each instruction set; then by clang
source .ci/common.sh
configure_and_build gcc -DCMAKE_C_COMPILER=gcc
APUS_TEST_ONE_ISA=1 run_tests

# The compiler and the OpenMP runtime that the Swift package uses.
configure_and_build clang -DCMAKE_C_COMPILER=clang
run_tests -L "$(best_isa)"
