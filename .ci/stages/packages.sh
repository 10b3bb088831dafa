# Debian packages that the other stages need
packages=(libomp-dev libcairo2-dev libturbojpeg0-dev libpng-dev libhdf5-dev zlib1g-dev cmake ninja-build pkg-config gcc g++ binutils
    gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user valgrind)

missing=()
for package in "${packages[@]}"; do
    [[ $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) == "install ok installed" ]] || missing+=("$package")
done
if [[ ${#missing[@]} -eq 0 ]]; then
    echo "all there"
    exit
fi

as_root=()
[[ $(id -u) -eq 0 ]] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
for attempt in 1 2 3; do
    if "${as_root[@]}" apt-get -q update >/dev/null &&
        "${as_root[@]}" apt-get -qy install --no-install-recommends "${missing[@]}" >"$APUS_CI_BUILD/apt.log" 2>&1; then
        echo "installed ${missing[*]}"
        exit
    fi
    echo "attempt $attempt failed"
    sleep $((attempt * 10))
done
tail -n 30 "$APUS_CI_BUILD/apt.log"
exit 1
