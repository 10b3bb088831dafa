# Valgrind on the scalar kernels: no value that was never set decides anything
source .ci/common.sh
# Without OpenMP, whose pools are not what is tested. Valgrind's processor has no AVX-512, which the
# library must see from what cpuid says, not from what the machine has.
configure_and_build valgrind -DCMAKE_C_COMPILER=gcc -DAPUS_OPENMP=OFF -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    "-DAPUS_TEST_LAUNCHER=valgrind;--quiet;--error-exitcode=99;--leak-check=full;--errors-for-leak-kinds=definite;--soname-synonyms=somalloc=nouserintercepts"
if [[ $(valgrind --quiet "$build/CApusTests/isa_probe" avx512) == yes ]]; then
    echo "valgrind now has AVX-512: this stage can test it"
fi
export APUS_TEST_QUICK=1 APUS_TEST_ONE_ISA=1 APUS_TEST_SHARE=10
# Left out: conv_threads' test, which is about threads, of which there are none here.
run_tests -L scalar -E '^conv_threads\.'
gcc -g -Iinclude Tests/CApusTests/Examples/gemm_and_conv.c "$build/libapus.a" -lm -o "$build/example"
for isa in scalar avx2; do
    APUS_ISA=$isa valgrind --quiet --error-exitcode=99 --leak-check=full "$build/example"
done
