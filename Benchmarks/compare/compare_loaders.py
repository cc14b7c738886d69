#!/usr/bin/env python3
"""Measures Leat's loaders beside others, and prints a table.

    compare_loaders.py --environment DIR [--peers LOADER]... [--rounds N] [--output FILE]
    compare_loaders.py --markdown FILE...

Leat's loaders are measured by `leat benchmark loaders`, then one peer after the other, and again for each round, each in
a process of its own. See README.md.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

import tables
from compare import HERE, read, run

# Loader: its environment.
PEERS = {
    "streaming-0": "ld", "streaming-2": "ld", "webdataset-0": "ld", "webdataset-2": "ld", "tfdata-gzip": "tf",
    "tfdata-memory": "tf", "grain-0": "ld", "grain-2": "ld", "keras-1": "tf", "keras-threads-2": "tf",
    "keras-processes-2": "tf", "torch-0": "ld", "torch-2": "ld", "torch-whole-0": "ld", "torch-whole-2": "ld",
}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--markdown", nargs="+", metavar="FILE", help="only print the table of results that were collected before")
    add("--environment", default="peers", help="where setup.sh made the peers' environments (peers)")
    add("--leat", default=HERE.parents[1] / ".build/release/leat", help="the built tool (.build/release/leat)")
    add("--peers", action="append", choices=[*PEERS, "none"], metavar="LOADER",
        help=f"this peer only; may be given again: {', '.join(PEERS)}, or none")
    add("--rounds", type=int, default=3, help="how often all loaders are run by turns (3)")
    add("--threads", type=int, default=0, help="the processors to use; 0 for all")
    add("--timeout", type=float, default=900, help="the seconds that a run may take (900)")
    add("--work", default="compare-loaders", help="where the peers' data are made (compare-loaders)")
    add("--output", default="loaders.jsonl", help="where results are collected, a JSON object a line (loaders.jsonl)")
    return parser.parse_args()


def measure(loader, options, *more):
    """The rows that a loader prints, Leat's all at once; one that says why if there are none."""
    if loader == "leat":
        command = [str(options.leat), "benchmark", "loaders", "--json"]
    else:
        python = pathlib.Path(options.environment) / PEERS[loader] / "bin/python"
        command = [str(python), str(HERE / "peer_loaders.py"), loader, "--work", options.work, *more]
    if not os.access(command[0], os.X_OK):
        return [{"loader": loader, "error": f"{command[0]} is not there."}]
    try:
        status, output, errors = run(command, os.environ, options)
    except subprocess.TimeoutExpired:
        return [{"loader": loader, "error": f"It took longer than {options.timeout:.0f} s."}]
    rows = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    if status != 0 or not (rows or more):
        reason = (errors.strip().splitlines() or ["without a word"])[-1]
        return [{"loader": loader, "error": f"It ended with status {status}: {reason[:200]}"}]
    return [row | {"engine": "leat" if loader == "leat" else "peer"} for row in rows]


def main():
    options = parse_arguments()
    if options.markdown:
        print(tables.loaders(read(options.markdown)), end="")
        return
    peers = [name for name in PEERS if name in (options.peers or PEERS)]
    failed = {}
    for peer in peers:
        # What a loader reads is made before anything is measured.
        for row in measure(peer, options, "--prepare"):
            if "error" in row:
                failed[peer] = row
    rows = list(failed.values())
    with open(options.output, "a") as output:
        for number in range(options.rounds):
            for loader in ["leat", *(peer for peer in peers if peer not in failed)]:
                for row in measure(loader, options):
                    rows.append(row | {"round": number})
                    output.write(json.dumps(rows[-1]) + "\n")
                    output.flush()
                    print(f"{number + 1}/{options.rounds}: {json.dumps(row)}", file=sys.stderr)
    print(tables.loaders(rows), end="")
    if any("error" in row for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
