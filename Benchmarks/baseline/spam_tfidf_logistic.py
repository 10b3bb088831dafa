"""Linear baselines on the YouTube Spam Collection (Alberto, Lochter and Almeida, 2015), one video held out at a time.

usage: spam_tfidf_logistic.py --data DIR [--json FILE]      (DIR holds the five Youtube0*.csv)

TF-IDF of words, of characters (2 to 5), and of both, each under a logistic regression: scikit-learn's
defaults, with C = 10 chosen once for all five splits. Accuracy, F1 of spam and area under the ROC curve for
each held-out video. Standard output: a Markdown table, then one line of JSON.
"""
import argparse
import csv
import json
import sys
from pathlib import Path

import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline, make_union


def words():
    return TfidfVectorizer(sublinear_tf=True)


def characters():
    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)


FEATURES = {"words": words, "characters": characters, "both": lambda: make_union(words(), characters())}


def read(folder):
    videos = {}
    for path in sorted(folder.glob("Youtube0*.csv")):
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        video = path.stem.split("-")[-1]
        videos[video] = [row["CONTENT"] for row in rows], [int(row["CLASS"]) for row in rows]
    if len(videos) != 5:
        sys.exit(f"{folder}: expected five files Youtube0*.csv, found {len(videos)}")
    return videos


def evaluate(videos, held_out, features):
    train = [pair for video, data in videos.items() if video != held_out for pair in zip(*data)]
    texts, labels = zip(*train)
    model = make_pipeline(FEATURES[features](), LogisticRegression(C=10, max_iter=1000))
    model.fit(texts, labels)
    test_texts, truth = videos[held_out]
    probability = model.predict_proba(test_texts)[:, 1]
    guess = (probability > 0.5).astype(int)
    return {"held_out": held_out, "features": features, "train": len(texts), "test": len(truth),
            "accuracy": accuracy_score(truth, guess), "f1": f1_score(truth, guess), "auc": roc_auc_score(truth, probability)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    videos = read(options.data)
    results = [evaluate(videos, video, features) for video in videos for features in FEATURES]

    print("| held out | comments | " + " | ".join(f"{f}: accuracy, F1, AUC" for f in FEATURES) + " |")
    print("| --- | ---: |" + " --- |" * len(FEATURES))
    for video in videos:
        row = {r["features"]: r for r in results if r["held_out"] == video}
        cells = [f"{r['accuracy']:.3f}, {r['f1']:.3f}, {r['auc']:.3f}" for r in row.values()]
        print(f"| {video} | {len(videos[video][0])} | " + " | ".join(cells) + " |")
    means = []
    for features in FEATURES:
        rows = [r for r in results if r["features"] == features]
        means.append(", ".join(f"{sum(r[k] for r in rows) / len(rows):.3f}" for k in ("accuracy", "f1", "auc")))
    print("| mean | | " + " | ".join(means) + " |")

    document = json.dumps({"scikit-learn": sklearn.__version__, "results": results})
    print(document)
    if options.json:
        options.json.write_text(document + "\n")


if __name__ == "__main__":
    main()
