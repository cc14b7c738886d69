"""Reads a dataset that Leat wrote with MosaicML Streaming itself, and compares it with the fixture it was made of.

    LEAT_SHARDS_OUT=/tmp/ours swift test --filter InteroperationTests
    python check_ours.py /tmp/ours

The test writes each fixture's samples anew, under every compression and with every hash that both sides know.
"""

import json
import os
import sys

from streaming import StreamingDataset
from streaming.base.hashing import get_hash

from make_fixtures import HERE, portable

TEXTS = ('str_int', 'str_float', 'str_decimal')
ENCODED = ('jpeg', 'png')  # Opaque bytes in the fixtures, not images; read as bytes.


def check(path, expected):
    index = json.load(open(os.path.join(path, 'index.json')))
    for shard in index['shards']:
        stored = shard['zip_data'] or shard['raw_data']
        data = open(os.path.join(path, stored['basename']), 'rb').read()
        assert len(data) == stored['bytes']
        assert sorted(stored['hashes']) == shard['hashes']
        for name, digest in stored['hashes'].items():
            assert get_hash(name, data) == digest, name
    dataset = StreamingDataset(local=path, shuffle=False, batch_size=1, validate_hash='xxh64')
    assert len(dataset) == len(expected)
    for reader in dataset.shards:
        for column in ENCODED:
            if column in reader.column_names:
                reader.column_encodings[reader.column_names.index(column)] = 'bytes'
    for number, sample in enumerate(expected):
        found = {
            key: str(value) if key in TEXTS else portable(value) for key, value in dataset[number].items()
        }
        for key, value in sample.items():
            same = found[key] == value
            if isinstance(value, str) and key.startswith('float'):
                same = str(found[key]) == value
            assert same, (path, number, key, found[key], value)
    return len(expected)


def main(folder):
    everything = json.load(open(os.path.join(HERE, 'expected.json')))
    for name in sorted(os.listdir(folder)):
        expected = everything[name.split('@')[0]]
        while isinstance(expected, str):
            expected = everything[expected]
        print(name, check(os.path.join(folder, name), expected), 'samples agree')


if __name__ == '__main__':
    main(sys.argv[1])
