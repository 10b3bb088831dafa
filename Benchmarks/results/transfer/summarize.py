"""Writes runs.csv and epochs.csv, which lie here, from what run.sh left in .build/results/transfer, and prints means.

The test pictures' classes follow from their numbers: odd ones are cats, even ones dogs.
"""
import csv
import json
import math
import pathlib
import statistics

HERE = pathlib.Path(__file__).resolve().parent
RUNS = HERE.parents[2] / ".build/results/transfer"
STARTS = {"scratch": "random weights", "from10": "CIFAR-10", "from8": "CIFAR-10 without cats and dogs"}
FIGURES = ["loss", "accuracy", "val_loss", "val_accuracy"]


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def stages(name):
    """A run's stages: name, epochs."""
    report = json.loads((RUNS / f"{name}.json").read_text())
    return [(s["stage"], rows(RUNS / f"{name}.{i + 1}.csv")) for i, s in enumerate(report["stages"])]


def test(name):
    """Accuracy and log loss on the pictures that neither trained nor validated."""
    right, loss = 0, 0.0
    pictures = rows(RUNS / f"{name}.test.csv")
    for picture in pictures:
        dog, truth = float(picture["label"]), int(picture["id"]) % 2 == 0
        right += (dog > 0.5) == truth
        loss -= math.log(dog if truth else 1 - dog)
    return right / len(pictures), loss / len(pictures)


def write(name, header, lines):
    with open(HERE / name, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header] + lines)


runs, epochs = [], []
for name in ["cifar10", "cifar8"] + [f"{start}-{seed}" for start in STARTS for seed in range(3)]:
    ends, best = {}, 0.0
    for stage, figures in stages(name):
        ends[stage] = float(figures[-1]["val_accuracy"])
        best = max([best] + [float(f["val_accuracy"]) for f in figures])
        epochs += [[name, stage, int(f["epoch"]) + 1] + [f"{float(f[x]):.4f}" for x in FIGURES] for f in figures]
    if "-" in name:
        start, seed = name.split("-")
        accuracy, loss = test(name)
        runs.append([STARTS[start], seed, ends.get("last layer", ""), ends.get("dense layers", ""), ends["all layers"],
                     best, accuracy, round(loss, 4)])
header = ["start", "seed", "valid_last_layer", "valid_dense_layers", "valid_all_layers", "valid_best_epoch", "test", "test_log_loss"]
write("runs.csv", header, runs)
write("epochs.csv", ["run", "stage", "epoch"] + FIGURES, epochs)
for start in STARTS.values():
    for column, figure in enumerate(header[2:], 2):
        values = [run[column] for run in runs if run[0] == start and run[column] != ""]
        if values:
            print(f"{start}, {figure}: {statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}")
