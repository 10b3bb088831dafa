"""Makes training.json: what scikit-learn says of predictions, and what Keras' callbacks and schedules do.

    python make_training_fixtures.py

Keras' callbacks are driven with made-up figures, an epoch each, on a model that is never trained.
"""

import json
import os
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import sklearn
from sklearn import metrics

generator = np.random.default_rng(3)


def auc_cases():
    def case(name, scores, labels):
        scores = np.asarray(scores, np.float32)
        labels = np.asarray(labels)
        return {"name": name, "scores": [float(s) for s in scores], "labels": [int(l) for l in labels],
                "auc": float(metrics.roc_auc_score(labels, scores))}

    yield case("separable", [0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1])
    yield case("reversed", [0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1])
    yield case("all tied", [0.5] * 5, [0, 1, 1, 0, 1])
    coarse = np.round(generator.random(60), 1)
    yield case("many ties", coarse, (coarse + generator.normal(0, 0.4, 60) > 0.5).astype(int))
    fine = generator.normal(size=50)
    yield case("no ties", fine, (fine + generator.normal(0, 1, 50) > 0.3).astype(int))


def confusion_cases():
    def case(name, predicted, actual, classes):
        labels = list(range(classes))
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(
            actual, predicted, labels=labels, zero_division=0)
        return {"name": name, "classes": classes, "predicted": [int(p) for p in predicted],
                "actual": [int(a) for a in actual],
                "counts": metrics.confusion_matrix(actual, predicted, labels=labels).tolist(),
                "accuracy": float(metrics.accuracy_score(actual, predicted)),
                "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(),
                "macro_f1": float(np.mean(f1))}

    actual = generator.integers(0, 2, 40)
    yield case("two classes", np.where(generator.random(40) < 0.3, 1 - actual, actual), actual, 2)
    actual = generator.integers(0, 4, 80)
    yield case("four classes", np.where(generator.random(80) < 0.4, generator.integers(0, 4, 80), actual), actual, 4)
    yield case("a class never predicted", [0, 0, 1, 1, 0], [0, 2, 1, 1, 2], 3)
    yield case("a class never there", [0, 2, 1, 1, 0], [0, 0, 1, 1, 1], 3)


def drive(callback, figures, name):
    """The epochs' learning rates after each epoch, and the callback, until it asks for an end."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", metrics=["accuracy"])
    callback.set_model(model)
    model.stop_training = False
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(figures):
        callback.on_epoch_begin(epoch)
        callback.on_epoch_end(epoch, {name: value})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    return rates


WAVES = {
    "falls": [1.0, 0.9, 0.8, 0.7, 0.6, 0.5],
    "rises": [0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
    "flat": [0.5] * 12,
    "dips": [1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.74, 0.73, 0.72, 0.71, 0.3],
    "small steps": [1.0, 0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.93],
    "nan": [0.9, float("nan"), 0.8, float("nan"), float("nan"), float("nan"), 0.1],
}


# What mode="auto" finds out from a compiled model's metrics.
MODES = {"val_loss": "min", "val_accuracy": "max"}


def stopping_cases():
    for wave, figures in WAVES.items():
        for options in [dict(patience=0), dict(patience=2), dict(patience=3, min_delta=0.05)]:
            for monitor in ("val_loss", "val_accuracy"):
                stopper = keras.callbacks.EarlyStopping(monitor=monitor, mode=MODES[monitor], **options)
                drive(stopper, figures, monitor)
                best = None if stopper.best is None else float(stopper.best)
                yield {"wave": wave, "monitor": monitor, **{"min_delta": 0.0, **options},
                       "stopped_epoch": stopper.stopped_epoch, "best_epoch": stopper.best_epoch,
                       "best": best if best is None or np.isfinite(best) else None}


def plateau_cases():
    for wave, figures in WAVES.items():
        for options in [dict(patience=1), dict(patience=2, cooldown=2, factor=0.5), dict(patience=1, min_lr=0.004),
                        dict(patience=2, min_delta=0.05)]:
            for monitor in ("val_loss", "val_accuracy"):
                reducer = keras.callbacks.ReduceLROnPlateau(monitor=monitor, mode=MODES[monitor], **options)
                yield {"wave": wave, "monitor": monitor,
                       **{"factor": 0.1, "cooldown": 0, "min_lr": 0.0, "min_delta": 1e-4, **options},
                       "rates": drive(reducer, figures, monitor)}


def schedule_cases():
    steps = [0, 1, 5, 9, 10, 11, 20, 35, 100]
    schedules = keras.optimizers.schedules

    def case(kind, schedule, **settings):
        return {"kind": kind, **settings, "steps": steps, "rates": [float(schedule(s)) for s in steps]}

    for staircase in (False, True):
        yield case("exponential", schedules.ExponentialDecay(0.1, 10, 0.5, staircase), initial=0.1, decay_steps=10,
                   rate=0.5, staircase=staircase)
    yield case("cosine", schedules.CosineDecay(0.1, 20, alpha=0.1), initial=0.1, decay_steps=20, floor=0.1, warmup=0)
    yield case("cosine", schedules.CosineDecay(0.0, 20, alpha=0.1, warmup_target=0.1, warmup_steps=10), initial=0.1,
               decay_steps=20, floor=0.1, warmup=10)
    yield case("steps", schedules.PiecewiseConstantDecay([5, 10], [1.0, 0.5, 0.1]), boundaries=[5, 10],
               values=[1.0, 0.5, 0.1])


def main():
    document = {
        "versions": {"keras": keras.__version__, "scikit-learn": sklearn.__version__},
        "auc": list(auc_cases()), "confusion": list(confusion_cases()),
        "waves": {name: [None if np.isnan(v) else v for v in values] for name, values in WAVES.items()},
        "early_stopping": list(stopping_cases()), "reduce_lr": list(plateau_cases()), "schedules": list(schedule_cases()),
    }
    lines = []
    for key, value in document.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, separators=(",", ":"), allow_nan=False) for row in value)
            lines.append(f'"{key}": [\n{rows}\n]')
        else:
            lines.append(f'"{key}": {json.dumps(value, allow_nan=False)}')
    Path(__file__).with_name("training.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
