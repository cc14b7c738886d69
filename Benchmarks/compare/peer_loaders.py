"""Measures one loader on Fashion-MNIST and prints a line of JSON.

    python peer_loaders.py LOADER --work DIR [--prepare] [--epochs N] [--batch N]

Every loader gives batches of 128 shuffled samples (uint8 images and labels) to a consumer that touches every byte. What
it reads is made once in DIR; --prepare does that and nothing else. The first epoch's time begins when the library is
imported and the data are opened, later than Leat's own. Keras and tf.data run in the environment tf, the others in ld.
"""

import argparse
import gzip
import json
import os
import pathlib
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np

import measure

SOURCE = pathlib.Path("/usr/share/datasets/fashion-mnist")
SAMPLES, SHARDS = 60000, 6


def idx(name):
    """An IDX file's array."""
    data = gzip.open(SOURCE / name).read()
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


class Work:
    """The folder with what is read, made when it is first asked for."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def made(self, name, make):
        """The path of a file or folder, made under another name first."""
        path, temporary = self.folder / name, self.folder / f"making-{name}"
        if not path.exists():
            make(temporary)
            temporary.rename(path)
        return path

    def arrays(self):
        """The paths of the images and labels as .npy files."""
        def save(array):
            return lambda path: np.save(path.open("wb"), array)

        return (
            self.made("x.npy", lambda path: save(idx("train-images-idx3-ubyte.gz"))(path)),
            self.made("y.npy", lambda path: save(idx("train-labels-idx1-ubyte.gz").astype(np.int64))(path)))

    def loaded(self):
        """The images and labels in memory."""
        return tuple(np.load(path) for path in self.arrays())


def streaming(work, workers, batch):
    from streaming import MDSWriter, StreamingDataset
    from torch.utils.data import DataLoader

    def make(path):
        columns = {"x": "ndarray:uint8:28,28", "y": "int"}
        with MDSWriter(
                out=str(path), columns=columns, compression="zstd:3", hashes=["xxh64"], size_limit=8 << 20) as writer:
            for x, y in zip(*work.loaded()):
                writer.write({"x": x, "y": int(y)})

    # Streaming unpacks each shard to a file beside it, once and for all: that is taken away for a first epoch.
    folder = work.made("mds", make)
    for unpacked in folder.glob("*.mds"):
        unpacked.unlink()
    data = StreamingDataset(
        local=str(folder), shuffle=True, batch_size=batch, shuffle_seed=1, keep_zip=True, validate_hash="xxh64")

    def collate(rows):
        return np.stack([row["x"] for row in rows]), np.array([row["y"] for row in rows])

    loader = DataLoader(
        data, batch_size=batch, num_workers=workers, persistent_workers=workers > 0, collate_fn=collate)
    return lambda epoch: loader


def webdataset(work, workers, batch):
    import webdataset as wds

    def make(path):
        path.mkdir()
        with wds.ShardWriter(f"{path}/s-%05d.tar", maxcount=SAMPLES // SHARDS, verbose=0) as writer:
            for number, (x, y) in enumerate(zip(*work.loaded())):
                writer.write({"__key__": f"{number:06d}", "npy": x, "cls": int(y)})
        for tar in path.glob("*.tar"):
            subprocess.check_call(["zstd", "-q", "-3", "--rm", str(tar)])

    folder = work.made("wds", make)
    urls = [f"pipe:zstd -dcq {path}" for path in sorted(folder.glob("*.zst"))]
    data = wds.WebDataset(urls, shardshuffle=SHARDS, empty_check=False).shuffle(2000).decode()
    loader = wds.WebLoader(
        data.to_tuple("npy", "cls").batched(batch), batch_size=None, num_workers=workers,
        persistent_workers=workers > 0)
    return lambda epoch: loader


def tfdata(work, source, batch):
    import tensorflow as tf

    if source == "memory":
        data = tf.data.Dataset.from_tensor_slices(work.loaded()).shuffle(SAMPLES).batch(batch).prefetch(10)
        return lambda epoch: data.as_numpy_iterator()

    def example(x, y):
        return tf.train.Example(features=tf.train.Features(feature={
            "x": tf.train.Feature(bytes_list=tf.train.BytesList(value=[x.tobytes()])),
            "y": tf.train.Feature(int64_list=tf.train.Int64List(value=[int(y)])),
        })).SerializeToString()

    def make(path):
        path.mkdir()
        images, labels = work.loaded()
        for shard in range(SHARDS):
            with tf.io.TFRecordWriter(f"{path}/s{shard}.tfrecord.gz", "GZIP") as writer:
                for number in range(shard * SAMPLES // SHARDS, (shard + 1) * SAMPLES // SHARDS):
                    writer.write(example(images[number], labels[number]))

    def parse(rows):
        kinds = {"x": tf.io.FixedLenFeature([], tf.string), "y": tf.io.FixedLenFeature([], tf.int64)}
        features = tf.io.parse_example(rows, kinds)
        return tf.reshape(tf.io.decode_raw(features["x"], tf.uint8), (-1, 28, 28)), features["y"]

    files = sorted(str(path) for path in work.made("tfr", make).glob("*.gz"))
    data = tf.data.TFRecordDataset(files, compression_type="GZIP", num_parallel_reads=2)
    data = data.shuffle(10000).batch(batch).map(parse, num_parallel_calls=2).prefetch(10)
    return lambda epoch: data.as_numpy_iterator()


def grain(work, workers, batch):
    import grain.python as grain
    from array_record.python.array_record_module import ArrayRecordWriter

    def make(path):
        writer = ArrayRecordWriter(str(path), "group_size:1")
        for x, y in zip(*work.loaded()):
            writer.write(x.tobytes() + bytes([int(y)]))
        writer.close()

    class Parse(grain.MapTransform):
        def map(self, row):
            return np.frombuffer(row, np.uint8, 784).reshape(28, 28), np.int64(row[784])

    source = grain.ArrayRecordDataSource(str(work.made("x.array_record", make)))

    def epoch(number):
        sampler = grain.IndexSampler(
            SAMPLES, shard_options=grain.NoSharding(), shuffle=True, num_epochs=1, seed=number)
        return grain.DataLoader(
            data_source=source, sampler=sampler, operations=[Parse(), grain.Batch(batch)], worker_count=workers)

    return epoch


def keras(work, workers, batch):
    import keras
    from keras.src.trainers.data_adapters.py_dataset_adapter import PyDatasetAdapter

    images, labels = work.arrays()
    answers = np.load(labels)

    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return -(-SAMPLES // batch)

        def __getitem__(self, number):
            rows = slice(number * batch, (number + 1) * batch)
            return np.array(np.load(images, mmap_mode="r")[rows]), answers[rows]

    count, processes = workers

    def epoch(number):
        adapter = PyDatasetAdapter(
            Batches(workers=count, use_multiprocessing=processes, max_queue_size=10), shuffle=True)
        adapter.on_epoch_begin()
        yield from adapter.get_numpy_iterator()
        adapter.on_epoch_end()

    return epoch


def torch(work, workers, batch, whole):
    import torch
    from torch.utils.data import DataLoader, Dataset

    images, labels = work.arrays()
    answers = np.load(labels)

    class Samples(Dataset):
        images = None

        def __len__(self):
            return SAMPLES

        def opened(self):
            if self.images is None:
                self.images = np.load(images, mmap_mode="r")
            return self.images

        def __getitem__(self, number):
            return torch.from_numpy(self.opened()[number].copy()), int(answers[number])

    class Batches(Samples):
        def __getitems__(self, numbers):
            return torch.from_numpy(self.opened()[numbers]), torch.from_numpy(answers[numbers])

    loader = DataLoader(
        Batches() if whole else Samples(), batch_size=batch, shuffle=True, num_workers=workers,
        persistent_workers=workers > 0, **({"collate_fn": lambda rows: rows} if whole else {}))
    return lambda epoch: loader


# Name: what makes it, and whether what it reads is compressed.
LOADERS = {
    "streaming-0": (lambda work, batch: streaming(work, 0, batch), True),
    "streaming-2": (lambda work, batch: streaming(work, 2, batch), True),
    "webdataset-0": (lambda work, batch: webdataset(work, 0, batch), True),
    "webdataset-2": (lambda work, batch: webdataset(work, 2, batch), True),
    "tfdata-gzip": (lambda work, batch: tfdata(work, "gzip", batch), True),
    "tfdata-memory": (lambda work, batch: tfdata(work, "memory", batch), False),
    "grain-0": (lambda work, batch: grain(work, 0, batch), False),
    "grain-2": (lambda work, batch: grain(work, 2, batch), False),
    "keras-1": (lambda work, batch: keras(work, (1, False), batch), False),
    "keras-threads-2": (lambda work, batch: keras(work, (2, False), batch), False),
    "keras-processes-2": (lambda work, batch: keras(work, (2, True), batch), False),
    "torch-0": (lambda work, batch: torch(work, 0, batch, False), False),
    "torch-2": (lambda work, batch: torch(work, 2, batch, False), False),
    "torch-whole-0": (lambda work, batch: torch(work, 0, batch, True), False),
    "torch-whole-2": (lambda work, batch: torch(work, 2, batch, True), False),
}
# Those that run in the environment with TensorFlow.
IN_TENSORFLOW = {"tfdata-gzip", "tfdata-memory", "keras-1", "keras-threads-2", "keras-processes-2"}


def touched(batch):
    """The number of samples; every byte has been looked at."""
    x, y = batch
    np.asarray(x).sum(dtype=np.uint64), np.asarray(y).sum()
    return len(y)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("loader", choices=LOADERS)
    parser.add_argument("--work", required=True)
    parser.add_argument("--prepare", action="store_true", help="make what the loader reads, and end")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=128)
    options = parser.parse_args()
    make, compressed = LOADERS[options.loader]
    work = Work(options.work)
    epoch = make(work, options.batch)
    if options.prepare:
        return
    seconds, first_batch, samples = [], None, 0
    begin = time.perf_counter()
    for number in range(options.epochs):
        samples = 0
        for batch in epoch(number):
            samples += touched(batch)
            first_batch = first_batch or time.perf_counter() - begin
        now = time.perf_counter()
        seconds.append(now - begin)
        begin = now
    later = seconds[1:] or seconds
    print(json.dumps({
        "loader": options.loader, "compressed": compressed, "samples": samples, "batch": options.batch,
        "first_epoch_samples_s": samples / seconds[0], "best_samples_s": samples / min(later),
        "median_samples_s": samples / sorted(later)[len(later) // 2], "first_batch_s": first_batch,
        "peak_rss_mb": measure.peak_memory() / 1e6,
    }), flush=True)


if __name__ == "__main__":
    main()
