#!/usr/bin/env bash
# What a network that has seen CIFAR-10 gains on photographs of cats and dogs. Usage:
#   run.sh CIFAR CATSDOGS    CIFAR: the folder with train/CLASS/*.jpg and test/CLASS/*.jpg;
#                            CATSDOGS: train/{cats,dogs}, valid/{cats,dogs}, test/unknown
# Environment: APUS (default: what `swift build -c release` makes). Networks and logs go to .build/results/transfer; runs that
# are there already go on, or are left as they are. summarize.py then writes the tables that lie here.
set -euo pipefail
cifar=$(realpath "$1") pets=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
cd "$here/../../.."
apus=$(realpath "${APUS:-$(swift build -c release --show-bin-path)/apus}")
mkdir -p .build/results/transfer && cd .build/results/transfer

# CIFAR-10 whole, and without the two classes that are to be told apart later. Its test pictures validate.
for name in cifar10 cifar8; do
    for class in airplane automobile bird cat deer dog frog horse ship truck; do
        if [ $name = cifar8 ] && { [ $class = cat ] || [ $class = dog ]; }; then continue; fi
        mkdir -p $name/train $name/valid
        ln -sfn "$cifar/train/$class" $name/train/$class
        ln -sfn "$cifar/test/$class" $name/valid/$class
    done
done

# run NAME SEED OPTION…
run() {
    local name=$1 seed=$2
    shift 2
    [ -s "$name.json" ] && return
    "$apus" vgg16 finetune --augment --schedule cosine --seed "$seed" --checkpoint "$name.run" --resume --log "$name" \
        --save "$name.safetensors" --json "$@" | tail -n 1 > "$name.part"
    mv "$name.part" "$name.json"
    [ -n "${name##cifar*}" ] || return 0
    "$apus" vgg16 predict --model "$name.safetensors" --images "$pets/test/unknown" --csv "$name.test.csv" --kaggle dogs --clip 0.02
}

for classes in 10 8; do
    run cifar$classes 0 --data cifar$classes --network small --from-scratch --size 32 --all-epochs 12 --learning-rate 0.002 \
        --batch-size 64
done
for seed in 0 1 2; do
    run scratch-$seed $seed --data "$pets" --network small --from-scratch --size 48 --all-epochs 30 --learning-rate 0.001 \
        --batch-size 32
    for classes in 10 8; do
        run from$classes-$seed $seed --data "$pets" --model cifar$classes.safetensors --size 48 --epochs 5 --dense-epochs 5 \
            --all-epochs 20 --learning-rate 0.003 --all-rate 0.0003 --batch-size 32
    done
done
