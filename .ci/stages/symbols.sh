# The shared library exports what the headers declare; the headers are C11 and C++, each by itself
source .ci/common.sh
configure_and_build gcc -DCMAKE_C_COMPILER=gcc
nm -D --defined-only "$build/libapus.so" | awk '{ print $3 }' | sort >"$APUS_CI_BUILD/exported"
if grep -v '^apus_' "$APUS_CI_BUILD/exported"; then
    echo "these exported symbols do not start with apus_"
    exit 1
fi
sed -n 's/^ *\(apus_[a-z0-9_]*\);$/\1/p' "$build/exports.map" | sort >"$APUS_CI_BUILD/declared"
diff "$APUS_CI_BUILD/declared" "$APUS_CI_BUILD/exported" || {
    echo "< declared in a header, > exported"
    exit 1
}
echo "$(wc -l <"$APUS_CI_BUILD/exported") functions, declared and exported"

# In the static library every global name must be ours too.
if nm --defined-only --extern-only "$build/libapus.a" 2>/dev/null | awk 'NF == 3 { print $3 }' | grep -v '^apus_'; then
    echo "these global symbols of the static library do not start with apus_"
    exit 1
fi

for header in include/apus.h include/apus/*.h; do
    name=${header#include/}
    for language in "gcc -std=c11 -x c" "g++ -std=c++11 -x c++" "clang -std=c11 -x c" "clang++ -std=c++17 -x c++"; do
        echo "#include <$name>" | $language -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude -
    done
done
echo "headers compile alone, as C11, C++11 and C++17"
