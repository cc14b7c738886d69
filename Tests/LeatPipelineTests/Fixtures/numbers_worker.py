"""Sources whose batches say where they come from, for the tests of workers in Python."""

import os
import sys

import numpy as np

sys.path.insert(0, os.environ["LEAT_PYTHON_WORKER"])
import leat_worker


class Numbers:
    """Batches of every element type, an epoch of which counts its ends."""

    def __init__(self, count, fails=None):
        self.count, self.fails, self.ended = count, fails, 0

    def __len__(self):
        return self.count

    def batch(self, index, epoch):
        print("printing does no harm")
        if index == self.fails:
            raise ValueError("it was to fail")
        dtype = ["uint8", "int8", "uint16", "int16", "uint32", "int32", ">u8", ">i8", "float16", "float32", "float64"][index]
        x = np.asfortranarray(np.arange(6).reshape(2, 3) + index).astype(dtype)
        return x, np.array([epoch, self.ended]), np.ones(2, bool) if index % 2 else None

    def on_epoch_end(self):
        self.ended += 1


class Items:
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return np.full((1, 2), index, "float32")


def generate(settings, epoch):
    for index in range(settings["count"]):
        yield np.array([[index, epoch]], "int64")


if sys.argv[1] == "generator":
    leat_worker.serve_generator(generate, lambda settings: settings["count"])
elif sys.argv[1] == "items":
    leat_worker.serve(lambda settings: Items())
else:
    leat_worker.serve(lambda settings: Numbers(**settings))
