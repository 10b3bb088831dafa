# Address, leak and undefined-behaviour sanitizers
source .ci/common.sh
export APUS_TEST_QUICK=1
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
# Each program goes through every variant that the processor has, whatever the one it starts with.
configure_and_build sanitizers -DCMAKE_C_COMPILER=gcc -DAPUS_SANITIZE=address,undefined
run_tests -L "$(best_isa)"
