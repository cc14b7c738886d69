"""What all peers share: the models' data, the clock, and the line of JSON that is printed.

The sizes are those of Sources/LeatCLI/Benchmark/BenchmarkCase+Models.swift.
"""

import argparse
import json
import os
import resource
import sys
import time

import numpy as np

# Name: (batch, samples, input's shape, targets); targets are the number of classes of one-hot rows, the number of
# values between 0 and 1 as ("uniform", n), or "binary". An input given as ("tokens", bound, length) is whole numbers.
SIZES = {
    "mlp20": (128, 1000, (20,), 10),
    "mnist_mlp": (128, 6000, (784,), 10),
    "reuters_mlp": (32, 3200, (1000,), 46),
    "vgg100": (32, 96, (100, 100, 3), 10),
    "cifar_cnn": (32, 640, (32, 32, 3), 10),
    "mnist_cnn": (128, 1280, (28, 28, 1), 10),
    "conv1d": (16, 1000, (100, 100), "binary"),
    "lstm3": (64, 1000, (8, 16), ("uniform", 10)),
    "lstm3_stateful": (32, 320, (8, 16), ("uniform", 10)),
    "imdb_lstm": (32, 640, ("tokens", 20000, 80), "binary"),
}
# A stateful model takes batches of one size only.
FIXED_BATCH = {"lstm3_stateful"}


class Case:
    """A model's name, sizes and random data."""

    def __init__(self, name, batch=None):
        own, self.samples, self.shape, self.targets = SIZES[name]
        self.name = name
        self.batch = batch or own
        self.fixed = name in FIXED_BATCH
        if batch:
            self.samples = max(self.samples, 4 * batch)
            if self.fixed:
                self.samples -= self.samples % batch
        random = np.random.default_rng(1)
        if self.shape[0] == "tokens":
            self.x = random.integers(0, self.shape[1], (self.samples, self.shape[2])).astype("int32")
        else:
            self.x = random.random((self.samples, *self.shape), dtype=np.float32)
        if self.targets == "binary":
            self.y = random.integers(0, 2, (self.samples, 1)).astype("float32")
        elif isinstance(self.targets, tuple):
            self.y = random.random((self.samples, self.targets[1]), dtype=np.float32)
        else:
            self.y = np.eye(self.targets, dtype=np.float32)[random.integers(0, self.targets, self.samples)]
        # What the latency is measured with: one sample, or the one batch that a stateful model takes.
        self.latency_batch = self.batch if self.fixed else 1


def arguments(description, **options):
    """The command line of a peer: the model and the sizes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("model", choices=SIZES)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--threads", type=int, default=0, help="0 for one a processor")
    for name, choices in options.items():
        parser.add_argument(f"--{name}", choices=choices, default=choices[0])
    return parser.parse_args()


def count_like(warm):
    """How many repetitions count: as many as fit into a second, at least 5. Leat's benchmark does the same."""
    return min(max(int(1 / max(min(warm), 1e-6)), 5), 1000)


def repeated(body):
    """Seconds of each repetition that counts, after two that don't."""
    warm = [seconds(body) for _ in range(2)]
    return [seconds(body) for _ in range(count_like(warm))]


def latencies(body):
    """Seconds of each call in half a second, at least 20, after five that don't count."""
    for _ in range(5):
        body()
    times, end = [], time.perf_counter() + 0.5
    while len(times) < 20 or time.perf_counter() < end:
        times.append(seconds(body))
    return times


def seconds(body):
    """Seconds that a call takes."""
    begin = time.perf_counter()
    body()
    return time.perf_counter() - begin


def phase(name, batch, samples, times, variant=None):
    """A phase's figures; `samples` went by in each of `times`."""
    ordered = sorted(times)
    best, median = ordered[0], ordered[len(ordered) // 2]
    result = {
        "phase": name, "batch": batch,
        "best_samples_s": samples / best, "median_samples_s": samples / median,
        "step_s": best * batch / samples, "median_step_s": median * batch / samples,
    }
    return result | ({"variant": variant} if variant else {})


def fastest(variants):
    """The name and body of the variant whose short trial is the fastest; those that fail are told on standard error."""
    trials = {}
    for name, body in variants.items():
        try:
            body()
            trials[name] = min(seconds(body) for _ in range(5))
        except Exception as error:
            print(f"{name}: {error}", file=sys.stderr)
    best = min(trials, key=trials.get)
    return best, variants[best]


def report(engine, case, threads, first_epoch, phases):
    """Prints the line of JSON."""
    print(json.dumps({
        "engine": engine, "model": case.name, "batch": case.batch, "samples": case.samples,
        "threads": threads or processors(),
        "first_epoch_s": first_epoch, "peak_rss_mb": peak_memory() / 1e6, "phases": phases,
    }), flush=True)


def processors():
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def peak_memory():
    """The most physical memory that this process has had, in bytes."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
