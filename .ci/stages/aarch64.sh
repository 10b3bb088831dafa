# 64-bit ARM: a cross build without a warning, its tests under qemu
source .ci/common.sh
export APUS_TEST_QUICK=1
configure_and_build aarch64 --toolchain cmake/aarch64-linux-gnu.cmake
file=$(find "$build" -name 'conv_neon*.o' | head -n 1)
aarch64-linux-gnu-objdump -d "$file" | grep -E '\sfmla\s' >/dev/null || {
    echo "the NEON kernels hold no fmla"
    exit 1
}
run_tests -L neon
