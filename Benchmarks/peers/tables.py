"""The tables of ratios: results.json as Markdown."""
import math

TITLES = {
    "gemm": "Matrix products, square, float32", "gemm_transposed": "Matrix products, transposed",
    "gemm_double": "Matrix products, float64", "gemm_vgg16": "Matrix products of VGG16",
    "gemm_capsnet": "Matrix products of CapsNet", "gemm_spam": "Matrix products of the spam network",
    "gemv": "Matrix times vector", "gemm_few": "A few rows times a matrix",
    "gemm_packed": "Dense layers, weights packed once",
    "conv_vgg16": "Convolutions of VGG16, forward, batch 8",
    "conv_vgg16_training": "Convolutions of VGG16, forward and backward, batch 8",
    "conv_inference": "Convolutions of VGG16, forward, batch 1",
    "conv_capsnet": "Convolutions of CapsNet, forward", "conv_capsnet_training": "Convolutions of CapsNet, forward and backward",
    "conv_spam": "Convolutions of the spam network, forward",
    "conv_spam_training": "Convolutions of the spam network, forward and backward",
    "conv_others": "Other convolutions, forward", "conv_others_training": "Other convolutions, forward and backward",
    "pooling": "Pooling", "activation": "Activations and softmax", "normalization": "Batch normalization",
    "optimizer": "Optimizer steps", "embedding": "Embeddings", "loss": "Losses with gradients",
    "random": "Random numbers", "spam": "Spam network", "vgg16": "VGG16, inference", "vgg16_training": "VGG16, a training step",
    "capsnet": "CapsNet", "pca": "Principal components", "svd": "Singular values", "loader": "Pictures from files",
}


def time(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            break
    value = seconds / size
    return f"{value:.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def share(row, product):
    if "fractionOfBandwidth" in row:
        return f"{row['fractionOfBandwidth'] * 100:.0f} % of bandwidth"
    if "fractionOfTilePeak" in row and product:
        return f"{row['fractionOfPeak'] * 100:.0f} % of peak, {row['fractionOfTilePeak'] * 100:.0f} % on random numbers"
    if "fractionOfPeak" in row:
        return f"{row['fractionOfPeak'] * 100:.0f} % of peak"
    return ""


def section(family, cases):
    names = []
    for row in cases.values():
        names += [peer for peer in row["peers"] if peer not in names]
    lines = [
        f"### {TITLES.get(family, family)}",
        "",
        "| case | Apus | reaches | " + "".join(f"{name} | " for name in names) + "best peer |",
        "| --- | ---: | ---: | " + "---: | " * len(names) + "---: |",
    ]
    ratios = {name: [] for name in names}
    best = []
    for case, row in cases.items():
        cells = []
        for name in names:
            figures = row["peers"].get(name)
            cells.append(f"{time(figures['seconds'])} · {figures['ratio']:.2f}" if figures else "")
            if figures:
                ratios[name].append(figures["ratio"])
        least = min((figures["ratio"] for figures in row["peers"].values()), default=None)
        if least is not None:
            best.append(least)
        cells.append(f"**{least:.2f}**" if least is not None else "")
        mark = f" [{row['run'] + 1}]"
        lines.append(f"| {case}{mark} | {time(row['seconds'])} | {share(row, family.startswith('gemm'))} | " + " | ".join(cells) + " |")
    if best:
        means = [f"{geometric_mean(ratios[name]):.2f}" for name in names]
        lines.append("| geometric mean |  |  | " + " | ".join([*means, f"**{geometric_mean(best):.2f}**"]) + " |")
    return lines


def run_facts(number, facts):
    peak = f", peak {facts['peak_gflops']} GFLOP/s, read {facts['read_gb_per_s']} GB/s" if "peak_gflops" in facts else ""
    if "tile_peak_gflops" in facts:
        peak = peak.replace(" GFLOP/s", f" GFLOP/s, on random numbers {facts['tile_peak_gflops']}")
    # The libraries of kernels describe themselves, by their names.
    versions = ", ".join(version if name.lower() in version.lower() else f"{name} {version}"
                         for name, version in facts.get("versions", {}).items())
    return (f"- [{number}] {facts['date']}: {facts['processor']}, {facts['cores']} cores, {facts['threads']} threads, "
            f"{facts.get('isa', '')}{peak}; medians of {facts['rounds']} alternating rounds. {versions}.")


def document(results):
    lines = ["Cells: the peer's time · its ratio to Apus' in the same rounds; above 1 Apus is faster. The number after a case "
             "says in which run it was measured:", ""]
    lines += [run_facts(number + 1, facts) for number, facts in enumerate(results["runs"])]
    order = list(TITLES)
    families = sorted(results["families"], key=lambda name: order.index(name) if name in order else len(order))
    for family in families:
        lines += ["", *section(family, results["families"][family])]
    return "\n".join(lines)


def replace(path, name, text):
    """Puts the text between the file's two markers of that name."""
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before = path.read_text() if path.exists() else f"{begin}\n{end}\n"
    if before.count(begin) != 1 or before.count(end) != 1:
        raise SystemExit(f"{path.name}: expected one {begin} and one {end}")
    head, rest = before.split(begin)
    _, tail = rest.split(end)
    path.write_text(f"{head}{begin}\n{text}\n{end}{tail}")


def write(path, results):
    replace(path, "ratios", document(results))
