# Sourced by the stages.

# configure_and_build NAME [cmake arguments...]: the C library with its tests, in $build.
configure_and_build() {
    build=$APUS_CI_BUILD/$1
    shift
    cmake -S CSources -B "$build" -G Ninja -DAPUS_BUILD_TESTS=ON -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "$@" >"$build.log" ||
        { cat "$build.log"; return 1; }
    grep "OpenMP:" "$build.log" || echo "-- without OpenMP"
    ninja -C "$build" >>"$build.log" || { tail -n 40 "$build.log"; return 1; }
}

# run_tests [ctest arguments...]: the tests in $build; none at all is a failure.
run_tests() {
    ctest --test-dir "$build" --no-tests=error "$@"
}

# The instruction set that this processor would choose, as the tests' names have it.
best_isa() {
    local isa
    for isa in avx512 avx2 neon; do
        if [[ $("$build/CApusTests/isa_probe" "$isa") == yes ]]; then
            echo "$isa"
            return
        fi
    done
    echo scalar
}

# Two test programs share two processors, each with threads of its own: waiting threads must sleep, not spin.
export OMP_WAIT_POLICY=passive
