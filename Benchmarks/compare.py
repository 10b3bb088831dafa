"""Runs apus-bench and its peers in turns and writes the ratios into README.md.

usage: compare.py [--filter REGEX] [--threads N] [--rounds N] [--bench PROGRAM] [--output README.md]

In each round every case runs once in apus-bench and once in each peer, one after the other, so that a
machine which slows down slows all of them. The ratio is the peer's median over ours, of all rounds: above
1 Apus is faster. Run it on an otherwise idle machine. The table replaces what stands between the two
`<!-- ratios -->` markers of the output.

apus-bench --json FILE writes {"peak_gflops": number, "isa": text, "cases": [{"case": name, "median": seconds, ...}]}.
"""
import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here / "peers"))
import peers

BEGIN, END = "<!-- ratios -->", "<!-- /ratios -->"


def run_ours(bench, name, threads):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [*bench, "--filter", f"^{re.escape(name)}$", "--threads", str(threads), "--json", file.name]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
        document = json.loads(Path(file.name).read_text() or "{}")
    cases = [row for row in document.get("cases", []) if row["case"] == name]
    return document, cases[0]["median"] if cases else None


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "CPU part")):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def seconds(value):
    return f"{value:.3g} s" if value >= 1 else f"{value * 1e3:.3g} ms"


def table(results, facts):
    lines = [
        f"Measured {facts['date']}: {facts['processor']}, {facts['threads']} threads, {facts['isa']}, "
        f"peak {facts['peak']}. " + ", ".join(f"{k} {v}" for k, v in facts["versions"].items()) + ". "
        f"Medians of {facts['rounds']} alternating rounds; a ratio above 1 means that Apus is faster.",
        "",
        "| case | Apus | peer | its time | ratio |",
        "| --- | ---: | --- | ---: | ---: |",
    ]
    for name, (ours, theirs) in results.items():
        for peer, times in sorted(theirs.items(), key=lambda item: statistics.median(item[1])):
            mine, its = statistics.median(ours), statistics.median(times)
            lines.append(f"| {name} | {seconds(mine)} | {peer} | {seconds(its)} | {its / mine:.2f} |")
    return "\n".join(lines)


def write_between_markers(path, text):
    document = path.read_text() if path.exists() else f"{BEGIN}\n{END}\n"
    if document.count(BEGIN) != 1 or document.count(END) != 1:
        sys.exit(f"{path.name}: expected one {BEGIN} and one {END}")
    head, rest = document.split(BEGIN)
    _, tail = rest.split(END)
    path.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filter", default="")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bench", default="swift run -c release apus-bench", help="how to start apus-bench")
    parser.add_argument("--output", type=Path, default=here / "README.md")
    options = parser.parse_args()

    bench = options.bench.split()
    names = [name for name in peers.CASES if re.search(options.filter, name)]
    if not names:
        sys.exit("no case of that name")
    results, document = {}, {}
    for round_ in range(options.rounds):
        for name in names:
            facts, ours = run_ours(bench, name, options.threads)
            if ours is None:
                if round_ == 0:
                    print(f"{name}: not in apus-bench", file=sys.stderr)
                continue
            document = facts
            mine, theirs = results.setdefault(name, ([], {}))
            mine.append(ours)
            for peer in peers.CASES[name]:
                measured = peers.measured_apart(name, peer, options.threads)
                if measured:
                    theirs.setdefault(peer, []).append(measured["median"])
            print(f"round {round_ + 1}, {name}: {ours:.4g} s", file=sys.stderr)
    if not any(theirs for _, theirs in results.values()):
        sys.exit("nothing to compare: see the messages above")
    peak = document.get("peak_gflops")
    text = table(results, {
        "date": datetime.date.today().isoformat(), "processor": processor(), "threads": options.threads,
        "isa": document.get("isa", "unknown instruction set"), "rounds": options.rounds,
        "peak": f"{peak:.0f} GFLOP/s" if peak else "not measured", "versions": peers.versions(),
    })
    write_between_markers(options.output, text)
    print(text)


if __name__ == "__main__":
    main()
