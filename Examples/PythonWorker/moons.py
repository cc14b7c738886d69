"""Two half moons, made by NumPy for a model in Swift."""

import numpy as np

import leat_worker


class Moons:
    def __init__(self, count, size):
        self.count, self.size = count, size

    def __len__(self):
        return self.count

    def batch(self, index, epoch):
        random = np.random.default_rng([index, epoch])
        y = random.integers(0, 2, self.size)
        angle = random.uniform(0, np.pi, self.size)
        x = np.stack([np.cos(angle) + y, np.sin(angle) * (1 - 2 * y) + 0.5 * y], axis=1)
        return (x + random.normal(0, 0.1, x.shape)).astype("float32"), y.astype("int64")


if __name__ == "__main__":
    leat_worker.serve(lambda settings: Moons(**settings))
