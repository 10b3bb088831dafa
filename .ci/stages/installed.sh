# The examples against an installed copy: one line of cc, of c++, static, and find_package
source .ci/common.sh
configure_and_build gcc -DCMAKE_C_COMPILER=gcc
prefix=$APUS_CI_BUILD/prefix
moved=$APUS_CI_BUILD/moved
rm -rf "$prefix" "$moved"
cmake --install "$build" --prefix "$prefix" >/dev/null
mv "$prefix" "$moved" # An installed copy can be moved.

examples=$PWD/Tests/CApusTests/Examples
PKG_CONFIG_PATH=$(dirname "$(find "$moved" -name apus.pc)")
export PKG_CONFIG_PATH
libraries=$(pkg-config --variable=libdir apus)
work=$APUS_CI_BUILD/examples
rm -rf "$work"
mkdir -p "$work"
cd "$work"
for source in "$examples"/*.c; do
    name=$(basename "$source" .c)
    # What the example's own comment says.
    cc -Wall -Wextra -Werror "$source" $(pkg-config --cflags --libs apus) -lm -o "$name"
    LD_LIBRARY_PATH=$libraries "./$name"
    c++ -x c++ -Wall -Wextra -Werror "$source" $(pkg-config --cflags --libs apus) -lm -o "$name.cxx"
    LD_LIBRARY_PATH=$libraries "./$name.cxx" >/dev/null
    cc "$source" $(pkg-config --cflags apus) "$libraries/libapus.a" \
        $(pkg-config --static --libs-only-l apus | sed 's/-lapus//') -o "$name.static"
    "./$name.static" >/dev/null
    if ldd "$name.static" | grep libapus; then
        echo "the static example needs a shared libapus"
        exit 1
    fi
done
cmake -S "$examples" -B cmake -G Ninja -DCMAKE_PREFIX_PATH="$moved" >/dev/null
ninja -C cmake | tail -n 1
ctest --test-dir cmake --no-tests=error --output-on-failure | tail -n 3
echo "cc, c++, static, find_package: right"
