"""Writes the files in tfrecord/ with TensorFlow itself: `python3 make_tfrecord_fixtures.py`. Made with TensorFlow 2.21."""

import pathlib

import tensorflow as tf

FOLDER = pathlib.Path(__file__).parent / "tfrecord"
FOLDER.mkdir(exist_ok=True)


def ints(*values):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def floats(*values):
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))


def texts(*values):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def write(name, examples, options=""):
    with tf.io.TFRecordWriter(str(FOLDER / name), options) as writer:
        for feature in examples:
            writer.write(tf.train.Example(features=tf.train.Features(feature=feature)).SerializeToString(deterministic=True))


examples = [
    {
        "label": ints(i - 2),
        "point": floats(i, i + 0.5, -i),
        "tokens": ints(*range(i)),
        "big": ints(2**63 - 1 - i, -(2**63) + i),
        "image": texts(bytes([0xFF, 0xD8, 0xFF, i])),
        "raw": texts(b"bytes \0\xff" + bytes([i])),
    }
    for i in range(4)
]
write("plain.tfrecord", examples)
write("plain.tfrecord.gz", examples, "GZIP")
write("optional.tfrecord", [{"a": ints(1), "b": texts(b"x")}, {"a": ints(2, 3)}, {"b": texts(b"")}])
write("mixed.tfrecord", [{"a": ints(1)}, {"a": floats(1)}])
write("several.tfrecord", [{"a": ints(1), "b": texts(b"x", b"y")}])
with tf.io.TFRecordWriter(str(FOLDER / "no_example.tfrecord")) as writer:
    writer.write(b"\x0a\xff\xff")
