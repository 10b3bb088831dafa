# apus_find_openmp_runtime(VARIABLE): the name, for -l, of the library that runs what this compiler makes
# of -fopenmp; empty, with a message, where there is none.
#
# Not find_package(OpenMP): that wants omp.h, which Debian keeps in another compiler's folder and Apus does
# not need, and it gives absolute paths, which do not belong in installed files.
include(CheckCSourceCompiles)

function(apus_find_openmp_runtime variable)
    set(CMAKE_REQUIRED_DEFINITIONS -fopenmp) # for compiling only: linking would bring a library of its own
    set(CMAKE_REQUIRED_QUIET ON)
    set(number 0)
    foreach(library gomp omp :libomp.so.5)
        math(EXPR number "${number} + 1")
        set(CMAKE_REQUIRED_LIBRARIES -l${library})
        check_c_source_compiles("
            #ifndef _OPENMP
            #error no OpenMP
            #endif
            int omp_get_thread_num(void);
            int main(void) {
                int sum = 0;
            #pragma omp parallel num_threads(2) reduction(+ : sum)
                sum += omp_get_thread_num();
                return sum;
            }" APUS_OPENMP_RUNS_ON_${number})
        if(APUS_OPENMP_RUNS_ON_${number})
            message(STATUS "OpenMP: -l${library}")
            set(${variable} ${library} PARENT_SCOPE)
            return()
        endif()
    endforeach()
    message(STATUS "OpenMP: none found; every call runs on one thread")
    set(${variable} "" PARENT_SCOPE)
endfunction()
