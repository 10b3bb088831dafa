# The example against an installed copy: one line of cc, of c++, static, and find_package
source .ci/common.sh
configure_and_build gcc -DCMAKE_C_COMPILER=gcc
prefix=$APUS_CI_BUILD/prefix
moved=$APUS_CI_BUILD/moved
rm -rf "$prefix" "$moved"
cmake --install "$build" --prefix "$prefix" >/dev/null
mv "$prefix" "$moved" # An installed copy can be moved.

example=$PWD/Tests/CApusTests/Examples
PKG_CONFIG_PATH=$(dirname "$(find "$moved" -name apus.pc)")
export PKG_CONFIG_PATH
libraries=$(pkg-config --variable=libdir apus)
work=$APUS_CI_BUILD/example
rm -rf "$work"
mkdir -p "$work"
cd "$work"
cc -Wall -Wextra -Werror "$example/gemm_and_conv.c" $(pkg-config --cflags --libs apus) -o by_cc
LD_LIBRARY_PATH=$libraries ./by_cc
c++ -x c++ -Wall -Wextra -Werror "$example/gemm_and_conv.c" $(pkg-config --cflags --libs apus) -o by_cxx
LD_LIBRARY_PATH=$libraries ./by_cxx >/dev/null
cc "$example/gemm_and_conv.c" $(pkg-config --cflags apus) "$libraries/libapus.a" \
    $(pkg-config --static --libs-only-l apus | sed 's/-lapus//') -o static
./static >/dev/null
if ldd static | grep libapus; then
    echo "the static example needs a shared libapus"
    exit 1
fi
cmake -S "$example" -B cmake -G Ninja -DCMAKE_PREFIX_PATH="$moved" >/dev/null
ninja -C cmake | tail -n 1
./cmake/with_apus >/dev/null
./cmake/with_apus_static >/dev/null
echo "cc, c++, static, find_package: right"
