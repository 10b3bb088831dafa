"""Runs Apus and its peers in turns and writes the ratios into README.md.

usage: compare.py [--filter REGEX] [--threads N] [--rounds N] [--seconds S]

Start it with the Python that has the peers (peers/requirements.txt) on an otherwise idle machine. It builds
apus-bench and the C harness, then takes case after case: in each round Apus and every peer are timed once, one
after the other, so that a machine which slows down slows all of them; processes that are not measured are stopped.
Libraries of kernels (OpenBLAS, BLIS, MKL, oneDNN) are timed by the C harness, beside Apus called from C; PyTorch and
the like by Python, beside apus-bench. A ratio is the peer's median over Apus', of the same rounds: above 1 Apus is
faster. A peer that is missing is named and left out.

The figures go to results.json, where a run replaces its own cases and keeps the others, and from there into the
README, a section a family, between the two `<!-- ratios -->` markers. --tables only writes the README again.
--scaling measures how Apus itself goes faster with more threads, and writes that table.
"""
import argparse
import datetime
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))
import peers
import tables
from registry import CASES
from worker import Worker

ROOT = HERE.parent
KERNELS = ROOT / ".build" / "peers"


def note(text):
    print(text, file=sys.stderr, flush=True)


def run(command, **settings):
    return subprocess.run([str(part) for part in command], cwd=ROOT, text=True, capture_output=True, **settings)


def built_bench():
    """apus-bench, built if it is not up to date."""
    built = run(["swift", "build", "-c", "release", "--product", "apus-bench"])
    if built.returncode != 0:
        sys.exit(f"apus-bench does not build:\n{built.stdout}{built.stderr}")
    return Path(run(["swift", "build", "-c", "release", "--show-bin-path"]).stdout.strip()) / "apus-bench"


def built_kernels(pattern="*_peers"):
    """The C harness' programs of such names; none, with a message, where it cannot be built."""
    compiler = shutil.which("clang") or shutil.which("gcc")
    if not shutil.which("cmake") or not shutil.which("ninja") or not compiler:
        note("the C harness needs cmake, ninja and a C compiler: left out")
        return []
    commands = (
        ["cmake", "-S", HERE / "peers" / "kernels", "-B", KERNELS, "-G", "Ninja", f"-DCMAKE_C_COMPILER={compiler}"],
        ["ninja", "-C", KERNELS],
    )
    for command in commands:
        done = run(command)
        if done.returncode != 0:
            note(f"the C harness does not build, left out:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
            return []
    return sorted(path for path in KERNELS.glob(pattern) if os.access(path, os.X_OK))


def processor():
    """Its name, and what tells its generation where the name does not."""
    fields = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    name = fields.get("model name") or fields.get("CPU part") or platform.machine()
    family, model = fields.get("cpu family"), fields.get("model")
    return f"{name} (family {family}, model {model})" if family and model else name


def write_scaling(options):
    programs = built_kernels("scaling")
    if not programs:
        sys.exit("nothing to measure with")
    done = run([programs[0], "--most", options.threads, "--rounds", options.rounds, "--seconds", options.seconds])
    if done.returncode != 0:
        sys.exit(done.stderr)
    facts = (f"{datetime.date.today().isoformat()}: {processor()}, {os.cpu_count()} cores. Least times of {options.rounds} rounds; "
             "in brackets the efficiency: the time on one thread over the threads' number times the time on them.")
    tables.replace(options.output, "scaling", f"{facts}\n\n{done.stdout.strip()}")
    print(done.stdout)


class Results:
    """results.json: "runs" (what was measured when and on what) and "families" (case by case)."""

    def __init__(self, path):
        self.path = path
        self.document = json.loads(path.read_text()) if path.exists() else {"runs": [], "families": {}}
        self.run = len(self.document["runs"])
        self.document["runs"].append({})

    def add(self, family, case, row):
        known = self.document["families"].setdefault(family, {}).get(case, {})
        # The C harness and the Python peers give one row together.
        if known.get("run") == self.run:
            row["peers"] = known["peers"] | row["peers"]
            row = known | row
        row["run"] = self.run
        self.document["families"][family][case] = row

    def save(self, facts):
        self.document["runs"][self.run] = facts
        used = sorted({row["run"] for cases in self.document["families"].values() for row in cases.values()})
        for cases in self.document["families"].values():
            for row in cases.values():
                row["run"] = used.index(row["run"])
        self.document["runs"] = [self.document["runs"][i] for i in used]
        self.run = used.index(self.run) if self.run in used else len(used)
        text = json.dumps(self.document, indent=1, sort_keys=False) + "\n"
        unfinished = self.path.with_suffix(".unfinished")
        unfinished.write_text(text)
        unfinished.replace(self.path)


def measure_ours(bench, case, options):
    """The document that apus-bench writes, with one case; None where the case failed."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        done = run([bench, "--filter", f"^{re.escape(case)}$", "--threads", options.threads, "--seconds", options.seconds,
                    "--json", file.name])
        text = Path(file.name).read_text()
    document = json.loads(text) if text else {"cases": []}
    if not document["cases"]:
        note(f"{case}: apus-bench gave nothing: {(done.stdout + done.stderr).strip().splitlines()[-1:]}")
        return None
    return document


def machine_facts(document):
    return {"isa": document["isa"], "peak_gflops": round(document["peak_gflops"]),
            "tile_peak_gflops": round(document["tile_peak_gflops"]), "read_gb_per_s": round(document["read_gb_per_s"])}


def compare_python(bench, case, workers, options, facts, results):
    """Rounds of apus-bench and of the Python peers."""
    ours, theirs, last = [], {}, None
    missing = set()
    for _ in range(options.rounds):
        document = measure_ours(bench, case, options)
        if document is None:
            return
        last = document["cases"][0]
        ours.append(last["median"])
        facts |= machine_facts(document)
        for peer, measurement in CASES.get(case, {}).items():
            if peer in missing or not re.search(options.peer, peer):
                continue
            library = measurement.library
            if library not in workers:
                workers[library] = Worker(sys.executable, library, options.threads)
            measured = workers[library].measure(case, peer, options.seconds)
            if "missing" in measured:
                missing.add(peer)
                note(f"{case}: {peer} left out: {measured['missing']}")
            else:
                theirs.setdefault(peer, []).append(measured["median"])
    mine = statistics.median(ours)
    row = {"seconds": mine, "peers": {peer: {"seconds": statistics.median(times), "ratio": statistics.median(times) / mine}
                                      for peer, times in theirs.items()}}
    # Of the last round: it belongs to that round's own peak and bandwidth.
    for key in ("fractionOfPeak", "fractionOfTilePeak", "fractionOfBandwidth"):
        if last.get(key) is not None:
            row[key] = last[key]
    results.add(last["family"], case, row)
    note(f"{case}: {tables.time(mine)}  " + "  ".join(f"{peer} {figures['ratio']:.2f}" for peer, figures in row["peers"].items()))


def compare_kernels(program, case, options, versions, facts, results):
    """Rounds of the C harness, which takes the turns itself. It measures the machine too where apus-bench has not."""
    machine = [] if "peak_gflops" in facts else ["--machine"]
    done = run([program, "--filter", f"^{re.escape(case)}$", "--threads", options.threads, "--rounds", options.rounds,
                "--seconds", options.seconds, "--peer", f"^(apus|{options.peer or '.*'})", *machine])
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for row in rows:
        if "peak_gflops" in row:
            facts |= machine_facts(row)
    rows = [row for row in rows if "peer" in row]
    ours = next((row for row in rows if row["peer"] == "apus" and "median" in row), None)
    if ours is None:
        note(f"{case}: {program.name} gave nothing: {done.stderr.strip().splitlines()[-1:]}")
        return
    found = {}
    for row in rows:
        if "missing" in row:
            note(f"{case}: {row['peer']} left out: {row['missing']}")
        elif row["peer"] != "apus":
            found[row["peer"]] = {"seconds": row["median"], "ratio": row["median"] / ours["median"]}
            versions[row["peer"]] = row["version"]
    results.add(ours["family"], case, {"seconds": ours["median"], "peers": found})
    note(f"{case}: {tables.time(ours['median'])}  " + "  ".join(f"{peer} {figures['ratio']:.2f}" for peer, figures in found.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filter", default="", help="cases or families that this regular expression finds")
    parser.add_argument("--peer", default="", help="peers that this regular expression finds")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="of timed runs, a case, peer and round")
    parser.add_argument("--only", choices=("c", "python"), help="the C harness alone, or the Python peers")
    parser.add_argument("--output", type=Path, default=HERE / "README.md")
    parser.add_argument("--results", type=Path, default=HERE / "results.json")
    parser.add_argument("--tables", action="store_true", help="only write the tables of results.json again")
    parser.add_argument("--scaling", action="store_true", help="only measure Apus on 1, 2, 4, ... threads")
    options = parser.parse_args()
    if options.scaling:
        write_scaling(options)
        return
    if options.tables:
        tables.write(options.output, json.loads(options.results.read_text()))
        return

    peers.load()
    bench = built_bench()
    listed = run([bench, "--list", "--filter", options.filter or "."]).stdout.split()
    kernels = {} if options.only == "python" else {
        case: program for program in built_kernels() for case in run([program, "--list"]).stdout.split()}
    results, workers, versions = Results(options.results), {}, {}
    facts = {"date": datetime.date.today().isoformat(), "processor": processor(), "cores": os.cpu_count(),
             "threads": options.threads, "rounds": options.rounds}
    known = peers.versions()
    try:
        for case in listed:
            if options.only != "c":
                compare_python(bench, case, workers, options, facts, results)
            if case in kernels:
                compare_kernels(kernels[case], case, options, versions, facts, results)
            facts["versions"] = known | versions
            results.save(facts)
    finally:
        for worker in workers.values():
            worker.close()
    tables.write(options.output, results.document)


if __name__ == "__main__":
    main()
