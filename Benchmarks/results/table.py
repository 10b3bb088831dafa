"""Makes the tables of README.md from the logs and reports that lie beside it, so that no figure is typed by hand.

usage: table.py [--print]

A run NAME has NAME.csv, the log of `apus capsnet train --log`, and once it is over NAME.json, the last line that `--json`
prints. NAME-affine.json is what `apus capsnet evaluate --affine --json` says of its network. The tables go between the
`<!-- runs -->` marks; --print only shows them.
"""
import csv
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MARKS = "<!-- runs -->", "<!-- /runs -->"


def percent(share):
    return "–" if share is None else f"{100 * share:.2f} %"


def number(text):
    return float(text) if text else None


class Run:
    """A training, finished or not."""

    def __init__(self, name):
        def read(suffix):
            path = HERE / f"{name}{suffix}.json"
            return json.loads(path.read_text()) if path.exists() else {}
        self.name, self.report, self.affine = name, read(""), read("-affine")
        with open(HERE / f"{name}.csv", newline="") as file:
            self.rows = list(csv.DictReader(file))

    @property
    def network(self):
        # A log of capsules has their two losses.
        return self.report.get("network") or ("capsnet" if "margin" in self.rows[0] else "baseline")

    @property
    def steps(self):
        return self.report.get("steps") or number(self.rows[-1].get("steps"))

    @property
    def minutes(self):
        seconds = self.report.get("trainingSeconds") or number(self.rows[-1].get("training_seconds"))
        if seconds is None:  # a log without the steps' own time: at most the epochs', with their tests and all that ran beside
            return f"≤ {sum(number(row['seconds']) or 0 for row in self.rows) / 60:.0f}"
        return f"{seconds / 60:.1f}"

    @property
    def error(self):
        accuracy = self.report.get("accuracy", number(self.rows[-1]["val_accuracy"]))
        return None if accuracy is None else 1 - accuracy

    @property
    def lowest(self):
        """The lowest test error of an epoch, and which; known only afterwards, and no result to claim."""
        errors = [(1 - float(row["val_accuracy"]), int(row["epoch"])) for row in self.rows if row["val_accuracy"]]
        return min(errors) if errors else (None, None)

    def cells(self):
        error, epoch = self.lowest
        steps, parameters = self.steps, self.report.get("parameters")
        return [
            self.name, self.network, f"{parameters:,}" if parameters else "–", str(len(self.rows)),
            f"{steps:,.0f}" if steps else "–", self.minutes,
            percent(self.error) + ("" if self.report else " (not over)"), f"{percent(error)} ({epoch})"]


def table(head, rows):
    lines = [head, ["---", "---"] + ["---:"] * (len(head) - 2)] + rows
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tables():
    runs = [Run(path.stem) for path in sorted(HERE.glob("*.csv"))]
    parts = [table(
        ["run", "network", "parameters", "epochs begun", "steps", "minutes of training", "test error at the end",
         "lowest of an epoch (which)"], [run.cells() for run in runs])] if runs else ["There is no log yet."]
    affine = [run for run in runs if run.affine]
    if affine:
        parts.append(table(
            ["run", "network", "accuracy on test digits", "on distorted ones"],
            [[run.name, run.network, percent(1 - run.error), percent(run.affine["accuracy"])] for run in affine]))
    return "\n\n".join(parts)


if __name__ == "__main__":
    if "--print" in sys.argv[1:]:
        print(tables())
    else:
        readme = HERE / "README.md"
        before, rest = readme.read_text().split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        readme.write_text(f"{before}{MARKS[0]}\n{tables()}\n{MARKS[1]}{after}")
