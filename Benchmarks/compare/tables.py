"""Makes Markdown tables of what compare.py collected."""

PHASES = {
    "train": "Training, samples a second",
    "evaluate": "Evaluation, samples a second",
    "predict": "Prediction, samples a second",
    "latency": "Prediction of one sample, microseconds",
}
TITLES = {
    "leat": "Leat", "keras-tensorflow": "Keras + TensorFlow (XLA)", "keras-tensorflow-nojit": "Keras + TensorFlow",
    "keras-jax": "Keras + JAX", "torch-eager": "PyTorch eager", "torch-compile": "torch.compile",
}


class Results:
    """Rows of JSON, told apart by setting and engine; the rounds of one pair are a list.

    A setting is a model's name and batch; the name has the number of threads with it where there are several.
    """

    def __init__(self, rows):
        # A machine that is shared reaches its limits at times only.
        machines = [row["machine"] for row in rows if "machine" in row]
        self.machine = max(machines, key=lambda limits: limits["gigaflops"], default=None)
        self.runs, self.failures = {}, {}
        several = len({row["threads"] for row in rows if "phases" in row}) > 1
        for row in rows:
            if "error" in row:
                self.failures.setdefault((row["model"], row["engine"]), []).append(row["error"])
            elif "phases" in row:
                name = f"{row['model']}, {threads(row['threads'])}" if several else row["model"]
                self.runs.setdefault(((name, row["batch"]), row["engine"]), []).append(row)
        self.settings = list(dict.fromkeys(setting for setting, _ in self.runs))
        named = {engine for _, engine in [*self.runs, *self.failures]}
        self.engines = [name for name in TITLES if name in named] + sorted(named - TITLES.keys())

    def phases(self, setting, engine, name):
        """A phase's figures in every round."""
        runs = self.runs.get((setting, engine), [])
        return [phase for run in runs for phase in run["phases"] if phase["phase"] == name]

    def seconds(self, setting, engine, name):
        """Seconds of a full batch, or None: the best of all rounds, and the median of the rounds' medians."""
        phases = self.phases(setting, engine, name)
        if not phases:
            return None
        return min(phase["step_s"] for phase in phases), middle(phase["median_step_s"] for phase in phases)

    def value(self, setting, engine, name):
        """The lowest figure of that name over all rounds."""
        values = [run[name] for run in self.runs.get((setting, engine), []) if run.get(name) is not None]
        return min(values) if values else None


def threads(count):
    """A number of threads in words."""
    return "1 thread" if count == 1 else f"{count} threads"


def middle(values):
    """The median; of an even number the mean of the two in the middle."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def markdown(results):
    """All tables."""
    parts = [machine(results.machine)] if results.machine else []
    for name, title in PHASES.items():
        parts.append(f"### {title}\n\n{comparison(results, name)}")
    parts.append(f"### Floors and gaps\n\n{floors(results)}")
    parts.append("### Seconds to the end of the first epoch\n\n" + figures(results, "first_epoch_s", "{:.3g}"))
    parts.append("### Most memory, 10⁶ bytes\n\n" + figures(results, "peak_rss_mb", "{:,.0f}"))
    failures = [
        f"- {model}, {TITLES.get(engine, engine)}: {errors[0]}"
        for (model, engine), errors in results.failures.items()
    ]
    if failures:
        parts.append("### Not measured\n\n" + "\n".join(failures))
    return "\n\n".join(parts) + "\n"


def machine(limits):
    """What the machine can do at the most."""
    memory = limits["bandwidths"][-1]["gigabytes_per_second"] if limits.get("bandwidths") else 0
    return (
        f"{threads(limits['threads'])}, {limits['instruction_set']}, oneDNN {limits['one_dnn'] or 'none'}; limits "
        f"measured: {limits['gigaflops']:.0f} GFLOP/s float32, {memory:.1f} GB/s from memory.")


def comparison(results, name):
    """A phase of every model by every engine, and Leat's lead over the fastest peer, by best and by median."""
    latency = name == "latency"
    header = ["model", "batch", *(TITLES.get(engine, engine) for engine in results.engines)]
    rows = []
    for setting in results.settings:
        seconds = {engine: results.seconds(setting, engine, name) for engine in results.engines}
        batch = next((p["batch"] for e in results.engines for p in results.phases(setting, e, name)), "")
        measured = {engine: both for engine, both in seconds.items() if both}
        fastest = min(measured, key=lambda engine: measured[engine][0], default=None)
        cells = [setting[0], str(batch)]
        for engine in results.engines:
            if engine not in measured:
                cells.append("–")
                continue
            best = measured[engine][0]
            text = microseconds(best) if latency else f"{batch / best:,.0f}"
            cells.append(f"**{text}**" if engine == fastest else text)
        rows.append(cells + [lead(seconds, 0), lead(seconds, 1)])
    return table(header + ["Leat / fastest peer", "by medians"], rows)


def lead(seconds, kind):
    """How many times faster Leat is than the fastest peer; `kind` is 0 for the best and 1 for medians."""
    peers = [both[kind] for engine, both in seconds.items() if engine != "leat" and both]
    if not peers or not seconds.get("leat"):
        return "–"
    return f"{min(peers) / seconds['leat'][kind]:.2f}"


def floors(results):
    """For Leat, the time of a full batch beside the least that the machine allows."""
    rows = []
    for setting in results.settings:
        for name in PHASES:
            phases = [p for p in results.phases(setting, "leat", name) if p.get("floor_s") is not None]
            if not phases:
                continue
            best = min(phases, key=lambda phase: phase["step_s"])
            floor = min(phase["floor_s"] for phase in phases)
            gap = f"{best['step_s'] / floor:.1f}" if floor > 0 else "–"
            rows.append([
                setting[0], name, str(best["batch"]), milliseconds(best["step_s"]), milliseconds(floor), gap,
                f"{best['gigaflops']:.0f}",
            ])
    return table(["model", "phase", "batch", "measured ms", "floor ms", "measured / floor", "GFLOP/s"], rows)


def figures(results, name, form):
    """A figure of every model by every engine."""
    header = ["model", "batch", *(TITLES.get(engine, engine) for engine in results.engines)]
    rows = []
    for setting in results.settings:
        values = [results.value(setting, engine, name) for engine in results.engines]
        cells = ("–" if value is None else form.format(value) for value in values)
        rows.append([setting[0], str(setting[1]), *cells])
    return table(header, rows)


def table(header, rows):
    """A Markdown table: names to the left, figures to the right."""
    first_number = next((i for i, cell in enumerate(header) if cell == "batch"), 1)
    rule = ["---" if i < first_number else "---:" for i in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, rule, *rows])


def milliseconds(seconds):
    """Four significant digits."""
    return f"{seconds * 1e3:.4g}"


def microseconds(seconds):
    """Three significant digits, whole numbers from 100 on."""
    value = seconds * 1e6
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


LOADERS = {
    "inline": "Leat, inline", "automatic": "Leat, automatic", "streaming": "MosaicML Streaming, MDS zstd:3",
    "webdataset": "WebDataset, tar.zst",
    "tfdata-gzip": "tf.data, TFRecord gzip, 2 readers", "tfdata-memory": "tf.data, from memory",
    "grain": "Grain, ArrayRecord", "keras-1": "Keras PyDataset, 1 thread", "keras-threads-2": "Keras PyDataset, 2 threads",
    "keras-processes-2": "Keras PyDataset, 2 processes", "torch": "torch DataLoader, a sample an item",
    "torch-whole": "torch DataLoader, a batch an item",
}


def loaders(rows):
    """The loaders' table: the best of all rounds, memory at its most, and Leat's lead over each peer."""
    floors = [row["machine"] for row in rows if "machine" in row]
    runs = {}
    for row in rows:
        if "first_epoch_samples_s" in row:
            runs.setdefault((row["engine"], row["loader"]), []).append(row)
    best = {key: loader_figures(several) for key, several in runs.items()}
    leat = [figures for (engine, _), figures in best.items() if engine == "leat"]
    lines = []
    for (engine, name), figures in best.items():
        first, later = figures["first"], figures["later"]
        leads = ["–", "–"] if engine == "leat" or not leat else [
            f"{max(own[kind] for own in leat) / figures[kind]:.1f}" for kind in ("first", "later")]
        stored = "zstd" if engine == "leat" else "yes" if figures["compressed"] else "no"
        lines.append([
            loader_title(engine, name), stored, f"{first:,.0f}", f"{later:,.0f}", f"{figures['batch'] * 1e3:,.1f}",
            f"{figures['memory']:,.0f}", *leads,
        ])
    parts = []
    if floors:
        one = max(floor["zstd_samples_s_one_thread"] for floor in floors)
        all_ = max(floor["zstd_samples_s"] for floor in floors)
        parts.append(
            f"{floors[0]['dataset']}, {floors[0]['samples']:,} samples in {floors[0]['shards']} shards; libzstd alone "
            f"unpacks {one:,.0f} samples/s on one processor, {all_:,.0f} on {floors[0]['processors']}.")
    parts.append(table(
        ["loader", "compressed", "first epoch/s", "later epochs/s", "first batch ms", "peak MB", "Leat's first / its",
         "Leat's later / its"], lines))
    failures = [f"- {row['loader']}: {row['error']}" for row in rows if "error" in row]
    if failures:
        parts.append("Not measured:\n\n" + "\n".join(failures))
    return "\n\n".join(parts) + "\n"


def loader_figures(rows):
    """The best of several rounds of one loader."""
    return {
        "first": max(row["first_epoch_samples_s"] for row in rows),
        "later": max(row["best_samples_s"] for row in rows),
        "batch": min(row["first_batch_s"] for row in rows),
        "memory": max(row["peak_rss_mb"] for row in rows),
        "compressed": rows[0].get("compressed", True),
    }


def loader_title(engine, name):
    """A loader's name for people: what it is, and its number of workers."""
    kind, _, workers = name.rpartition("-")
    if name in LOADERS:
        return LOADERS[name]
    if engine == "leat":
        return f"Leat, {workers} {kind if workers != '1' else kind.removesuffix('es' if kind == 'processes' else 's')}"
    return f"{LOADERS.get(kind, kind)}, {'no workers' if workers == '0' else f'{workers} workers'}"
