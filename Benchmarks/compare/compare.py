#!/usr/bin/env python3
"""Measures Leat beside Keras and PyTorch, by turns, and prints tables.

    compare.py --environment DIR [--only MODEL]... [--peers ENGINE]... [--rounds N] [--output FILE]
    compare.py --markdown FILE...

Each model is measured by each engine in a process of its own: Leat, then one peer after the other, and again for each
round, so that a machine that is slow for a while is slow for all of them. See README.md.
"""

import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys

import tables

HERE = pathlib.Path(__file__).resolve().parent
MODELS = [
    "mlp20", "mnist_mlp", "reuters_mlp", "vgg100", "cifar_cnn", "mnist_cnn", "conv1d", "lstm3", "lstm3_stateful",
    "imdb_lstm",
]
# Engine: (environment, script, arguments, variables).
PEERS = {
    "keras-tensorflow": ("tf", "peer_keras.py", [], {"KERAS_BACKEND": "tensorflow"}),
    "keras-tensorflow-nojit": ("tf", "peer_keras.py", ["--jit", "off"], {"KERAS_BACKEND": "tensorflow"}),
    "keras-jax": ("tf", "peer_keras.py", [], {"KERAS_BACKEND": "jax"}),
    "torch-eager": ("pt", "peer_torch.py", ["--mode", "eager"], {}),
    "torch-compile": ("pt", "peer_torch.py", ["--mode", "compile"], {}),
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--markdown", nargs="+", metavar="FILE", help="only print the tables of results that were collected before")
    add("--environment", default="peers", help="where setup.sh made the peers' environments (peers)")
    add("--leat", default=HERE.parents[1] / ".build/release/leat", help="the built tool (.build/release/leat)")
    add("--only", action="append", choices=MODELS, metavar="MODEL", help="this model only; may be given again")
    add("--peers", action="append", choices=[*PEERS, "none"], metavar="ENGINE",
        help=f"this peer only; may be given again: {', '.join(PEERS)}, or none")
    add("--rounds", type=int, default=3, help="how often all engines are run by turns (3)")
    add("--batch", type=int, help="another batch size than the models' own")
    add("--threads", type=int, default=0, help="the threads that compute, and the processors to use; 0 for all")
    add("--timeout", type=float, default=900, help="the seconds that a run may take (900)")
    add("--output", default="compare.jsonl", help="where results are collected, a JSON object a line (compare.jsonl)")
    return parser.parse_args()


def command(engine, model, options):
    """What measures a model by an engine: the command and the variables to set."""
    sizes = ["--threads", str(options.threads)] + (["--batch", str(options.batch)] if options.batch else [])
    if engine == "leat":
        return [str(options.leat), "benchmark", "models", "--json", "--only", model, *sizes], {}
    environment, script, arguments, variables = PEERS[engine]
    python = pathlib.Path(options.environment) / environment / "bin/python"
    return [str(python), str(HERE / script), model, *arguments, *sizes], variables


def measure(engine, model, options):
    """The rows that an engine prints for a model, or one that says why there are none."""
    arguments, variables = command(engine, model, options)
    if not os.access(arguments[0], os.X_OK):
        hint = "swift build -c release makes it" if engine == "leat" else "setup.sh makes it"
        return [{"engine": engine, "model": model, "error": f"{arguments[0]} is not there; {hint}."}]
    if options.threads:
        variables = variables | {"OMP_NUM_THREADS": str(options.threads)}
    try:
        status, output, errors = run(arguments, os.environ | variables, options)
    except subprocess.TimeoutExpired:
        return [{"engine": engine, "model": model, "error": f"It took longer than {options.timeout:.0f} s."}]
    rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if status != 0 or not any("phases" in row for row in rows):
        lines = errors.strip().splitlines() or ["without a word"]
        # Leat's first words say what is wrong; Python's last ones do.
        reason = next((line for line in lines if line.startswith(("Error: ", "leat: "))), lines[-1])
        return [{"engine": engine, "model": model, "error": f"It ended with status {status}: {reason[:200]}"}]
    return rows


def run(arguments, environment, options):
    """Runs a program to its end: its status and what it wrote. If it takes too long, its children are ended too."""
    process = subprocess.Popen(
        arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, preexec_fn=lambda: keep_to(options.threads))
    try:
        output, errors = process.communicate(timeout=options.timeout)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return process.returncode, output, errors


def keep_to(threads):
    """Lets this process use so many processors only: not every engine has an option that it keeps to."""
    if threads and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def summary(row):
    """A row for somebody who waits."""
    if "error" in row:
        return row["error"]
    rates = [f"{phase['phase']} {phase['best_samples_s']:,.0f}/s" for phase in row["phases"]]
    return ", ".join(rates) + f", first epoch {row['first_epoch_s']:.2f} s, {row['peak_rss_mb']:,.0f} MB"


def read(paths):
    """The rows of files."""
    return [json.loads(line) for path in paths for line in pathlib.Path(path).read_text().splitlines() if line.strip()]


def main():
    options = parse_arguments()
    if options.markdown:
        print(tables.markdown(tables.Results(read(options.markdown))), end="")
        return
    chosen = options.peers or list(PEERS)
    engines = ["leat", *(name for name in PEERS if name in chosen)]
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.5:
        print(f"The machine is busy (load {os.getloadavg()[0]:.1f}): figures will be too low.", file=sys.stderr)
    rows = []
    with open(options.output, "a") as output:
        for model in options.only or MODELS:
            for number in range(options.rounds):
                for engine in engines:
                    for row in measure(engine, model, options):
                        row["round"] = number
                        rows.append(row)
                        output.write(json.dumps(row) + "\n")
                        output.flush()
                        if "machine" not in row:
                            print(f"{model} {engine} {number + 1}/{options.rounds}: {summary(row)}", file=sys.stderr)
    print(tables.markdown(tables.Results(rows)), end="")
    if any("error" in row for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
