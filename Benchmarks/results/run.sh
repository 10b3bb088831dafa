#!/usr/bin/env bash
# The long trainings whose logs lie here, one at a time. Usage:
#   run.sh NAME DATA       NAME: mnist, distorted, baseline, multi, multi-baseline
#                      DATA: the folder with MNIST's four files
#   run.sh NAME-affine DATA    after NAME: the network that it saved, on distorted test digits
# Environment: APUS (default: what `swift build -c release` makes), MINUTES of training (default: see below), EPOCHS and DECAY
# for mnist and distorted. A run that was stopped goes on when it is called again. Networks and checkpoints go to .build/results.
set -euo pipefail
name=$1 data=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
cd "$here/../.."
apus=${APUS:-$(swift build -c release --show-bin-path)/apus}
mkdir -p .build/results
common=(--data "$data" --seed 0 --json)

train() {
    "$apus" capsnet train "${common[@]}" --checkpoint ".build/results/$name.ckpt" --resume \
        --save ".build/results/$name.safetensors" --log "$here/$name.csv" "$@" | tail -1 > ".build/results/$name.json"
    mv ".build/results/$name.json" "$here/$name.json"
}

case $name in
    mnist) train --epochs "${EPOCHS:-40}" --decay "${DECAY:-0.89}" ;;
    distorted) train --distort 0.5 --epochs "${EPOCHS:-40}" --decay "${DECAY:-0.89}" ;;
    # A step takes ten times as long as the capsules'. In fewer epochs, so that the rate falls faster.
    baseline) train --baseline --minutes "${MINUTES:-36}" --decay "${DECAY:-0.3}" ;;
    multi) train --multi --minutes "${MINUTES:-15}" --decay "${DECAY:-0.7}" ;;
    multi-baseline) train --multi --baseline --minutes "${MINUTES:-15}" --decay "${DECAY:-0.3}" ;;
    *-affine)
        "$apus" capsnet evaluate "${common[@]}" --affine --model ".build/results/${name%-affine}.safetensors" \
            | tail -1 > ".build/results/$name.json"
        mv ".build/results/$name.json" "$here/$name.json"
        ;;
    *)
        echo "no run is called $name" >&2
        exit 2
        ;;
esac
