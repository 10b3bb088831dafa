# The benchmarks build, and what they time is right: a few cases, in an instant
source .ci/common.sh
build=$APUS_CI_BUILD/benchmarks
cmake -S Benchmarks/peers/kernels -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_COMPILE_WARNING_AS_ERROR=ON >"$build.log" ||
    { cat "$build.log"; exit 1; }
ninja -C "$build" >>"$build.log" || { tail -n 40 "$build.log"; exit 1; }

# Peers that are not installed are reported and no failure; a wrong result is one.
quick="--rounds 1 --seconds 0.001"
"$build/gemm_peers" $quick --filter '^(sgemm(16|256_tn|_spam_out)|dgemm64)$' 2>/dev/null | grep -c '"peer": "apus", "rounds"' | grep -x 4 >/dev/null
"$build/conv_peers" $quick --filter '_(spam_4|1x1_64_256)$' 2>/dev/null | grep -c '"peer": "apus", "rounds"' | grep -x 4 >/dev/null
"$build/scaling" $quick --filter '^(sgemm1024|conv_fwd_vgg5_2)$' --json "$build/scaling.json"

python3 - "$build/scaling.json" <<'PYTHON'
import json, sys
sys.path.insert(0, "Benchmarks/peers")
assert {case["case"] for case in json.load(open(sys.argv[1]))["cases"]} == {"sgemm1024", "conv_fwd_vgg5_2"}
import peers, registry, tables
peers.load() # none of the peers is imported
assert {"sgemm1024", "conv_fwdbwd_vgg3_2", "spam_cnn_epoch", "vgg16_infer_b1"} <= registry.CASES.keys()
row = {"seconds": 2e-3, "run": 0, "fractionOfPeak": 0.5, "peers": {"slow": {"seconds": 8e-3, "ratio": 4}, "fast": {"seconds": 2e-3, "ratio": 1}}}
assert "| **1.00** |" in tables.section("gemm", {"a": row})[-1] and "8 ms · 4.00" in tables.section("gemm", {"a": row})[-2]
PYTHON

swift build --product apus-bench 2>&1 | tail -n 1
"$(swift build --show-bin-path)/apus-bench" --seconds 0.001 --json "$build/bench.json" \
    --filter '^(sgemm(16|_vgg_fc3_b1)|dgemm64|conv_fwdbwd_(spam_4|3x3s2_128)|maxpool2_1d.*|softmax_fwd_16384x1000|adam_16m|embedding_.*x64|routing_.*|svd_f64_64)$'
python3 -c "import json, sys; assert len(json.load(open(sys.argv[1]))['cases']) >= 12" "$build/bench.json"
