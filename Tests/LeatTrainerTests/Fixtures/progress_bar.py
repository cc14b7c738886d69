"""Writes progress_bar.json: what Keras 2.2.4's Progbar prints on a terminal and at verbose 2.

    pip download keras==2.2.4 --no-deps && unzip Keras-2.2.4*.whl keras/utils/generic_utils.py
    python progress_bar.py keras/utils/generic_utils.py > progress_bar.json
"""

import importlib.util
import io
import json
import sys

spec = importlib.util.spec_from_file_location("generic_utils", sys.argv[1])
generic_utils = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generic_utils)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def record(target, verbose, updates):
    """Text printed by each of the updates (seconds, current, values)."""
    terminal, real, texts, states = Terminal(), sys.stdout, [], []
    generic_utils.time.time = lambda: 1000.0
    names, shown = {name for _, _, values in updates for name in values}, {}
    try:
        sys.stdout = terminal
        bar = generic_utils.Progbar(target, verbose=verbose, stateful_metrics=names)
        for seconds, current, values in updates:
            generic_utils.time.time = lambda: 1000.0 + seconds
            bar.update(current, list(values.items()))
            texts.append(terminal.getvalue())
            terminal.seek(0)
            terminal.truncate()
            shown.update(values)  # Keras goes on showing what it was told once
            states.append(dict(shown))
    finally:
        sys.stdout = real
    return {"target": target, "verbose": verbose, "updates": [
        {"seconds": s, "current": c, "names": list(v), "values": list(v.values()), "text": t}
        for (s, c, _), v, t in zip(updates, states, texts)]}


two = lambda loss, acc: {"loss": loss, "acc": acc}
cases = [
    record(1000, 1, [(0.0625, 128, two(0.9, 0.4)), (0.5, 512, two(0.71234, 0.51)), (1.25, 1000, two(0.69, 0.54))]),
    record(60000, 1, [(0.5, 32, {"loss": 2.30259}), (4000.0, 30000, {"loss": 1e-3}), (9000.0, 60000, {"loss": 0.00012345})]),
    record(7, 1, [(100.0, 1, {}), (200.0, 4, {}), (350.0, 7, {})]),
    record(100000, 1, [(1.0, 7, {}), (10.0, 50000, {"loss": -0.5}), (16.0, 100000, {"loss": -0.5, "val_loss": 1234.5})]),
    record(10, 1, [(1.0, 0, {}), (2.0, 1, {"a_long_name": 1.0}), (3.0, 9, {}), (4.5, 10, {})]),
    record(None, 1, [(1.0, 5, {"loss": 1.5}), (60.0, 123456, {"loss": 0.25})]),
    record(100, 1, [(1e-5, 100, two(0.5, 1.0))]),
    record(1, 1, [(1.5, 1, {"loss": 0.5})]),
    record(20, 2, [(3.4, 20, {"loss": 0.6931, "acc": 0.5, "val_loss": 0.0001})]),
]
json.dump(cases, sys.stdout, indent=1)
