# The thread sanitizer, which must find the race in a program that has one
source .ci/common.sh
export APUS_TEST_QUICK=1
# By clang: gcc's OpenMP runtime tells the sanitizer nothing of its barriers, and every parallel region looks
# like a race. LLVM's does, through the archer tool. The sanitizer of Swift's clang wants libdispatch.
swift_libraries=$(dirname "$(dirname "$(readlink -f "$(command -v swiftc)")")")/lib/swift/linux
link_flags="-L$swift_libraries -ldispatch -lBlocksRuntime -Wl,-rpath,$swift_libraries"
archer=$(find /usr/lib -name libarcher.so | sort | tail -n 1)
if [[ -z $archer ]]; then
    echo "libarcher.so is missing (libomp-dev brings it)"
    exit 1
fi
export OMP_TOOL_LIBRARIES=$archer
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:exitcode=66
configure_and_build threads -DCMAKE_C_COMPILER=clang -DAPUS_SANITIZE=thread -DCMAKE_EXE_LINKER_FLAGS="$link_flags"

clang -g -fsanitize=thread -Iinclude .ci/race.c "$build/libapus.a" -l:libomp.so.5 -lm $link_flags -o "$build/race"
"$build/race" none
if "$build/race" sum 2>"$build/race.log"; then
    echo "a race went unnoticed: the sanitizer proves nothing here"
    exit 1
fi
grep -m 1 SUMMARY "$build/race.log"

run_tests -L "$(best_isa)"
