#!/usr/bin/env bash
# A package of its own depends on this one by version, as anybody's would: a clone is tagged 1.0.0, the
# consumer in Sources/ builds against it in release mode, trains XOR and shows two threads at work.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(git -C "$here" rev-parse --show-toplevel)
# A new folder each time: SwiftPM remembers which commit a version of a package was.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=1.0.0

git clone --quiet "$repository" "$work/apus"
git -C "$work/apus" -c user.name=check -c user.email=check@example.invalid tag "$version" >/dev/null

mkdir -p "$work/consumer/Sources/Consumer"
cp "$here/Sources/main.swift" "$work/consumer/Sources/Consumer/"
cat >"$work/consumer/Package.swift" <<MANIFEST
// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "consumer",
    dependencies: [.package(url: "file://$work/apus", from: "$version")],
    targets: [
        .executableTarget(
            name: "Consumer",
            dependencies: [
                .product(name: "Apus", package: "apus"),
                .product(name: "CApus", package: "apus"),
            ])
    ]
)
MANIFEST

cd "$work/consumer"
options=(--security-path "$work/security")
swift build "${options[@]}" -c release
program=$(swift build "${options[@]}" -c release --show-bin-path)/Consumer

# It must need nothing beyond the system, Swift and libomp: whoever plots nothing needs no cairo.
needed=$(ldd "$program" | awk '{ print $1 }')
if ! grep -q libomp <<<"$needed"; then
    echo "the consumer is not linked with libomp: it would run on one thread"
    exit 1
fi
if grep -E 'cairo|hdf5|jpeg' <<<"$needed"; then
    echo "the consumer links a library that it does not use"
    exit 1
fi
APUS_NUM_THREADS=2 "$program"
