"""Reads a file that Leat wrote with TensorFlow itself and prints what it finds: `check_tfrecord.py FILE`."""

import json
import sys

import tensorflow as tf

for record in tf.data.TFRecordDataset(sys.argv[1], compression_type="GZIP" if sys.argv[1].endswith(".gz") else None):
    example = tf.train.Example.FromString(record.numpy())
    found = {}
    for name, feature in sorted(example.features.feature.items()):
        kind = feature.WhichOneof("kind")
        values = getattr(feature, kind).value
        found[name] = [list(value) for value in values] if kind == "bytes_list" else list(values)
    print(json.dumps(found))
