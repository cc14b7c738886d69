"""Writes the shard datasets that the tests read, with MosaicML Streaming itself, and what they hold.

    pip install mosaicml-streaming
    python make_fixtures.py

Each folder beside this file is a dataset. expected.json gives of each its samples in order, or the name of a dataset
that holds the same: numbers as they are (NaN and infinities as text), text as it is, bytes in hexadecimal, arrays as
{dtype, shape, hex of the little-endian bytes}.
Made with mosaicml-streaming 0.13.0.
"""

import json
import os
import shutil
from decimal import Decimal

import numpy as np
from streaming import MDSWriter

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = {}


def portable(value):
    if isinstance(value, np.ndarray):
        return {'dtype': str(value.dtype), 'shape': list(value.shape), 'hex': value.tobytes().hex()}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        return {'hex': value.hex()}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    return value


def write(name, columns, samples, texts=(), **settings):
    """Writes a dataset; `texts` are the columns whose numbers are written as text and are expected as text."""
    out = os.path.join(HERE, name)
    shutil.rmtree(out, ignore_errors=True)
    with MDSWriter(out=out, columns=columns, **settings) as writer:
        for sample in samples:
            writer.write(sample)
    expect(name, [
        {key: str(value) if key in texts else portable(value) for key, value in sample.items()} for sample in samples
    ])


def expect(name, samples):
    """Notes what a dataset holds; where another one holds the same, its name."""
    same = [other for other in EXPECTED if EXPECTED[other] == samples]
    EXPECTED[name] = same[0] if same else samples


def everything():
    rng = np.random.default_rng(7)
    ints = ['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64']
    floats = ['float16', 'float32', 'float64']
    dtypes = ints + floats
    columns = {name: name for name in dtypes}
    columns |= {
        'bytes': 'bytes', 'str': 'str', 'json': 'json', 'int': 'int', 'str_int': 'str_int', 'str_float': 'str_float',
        'str_decimal': 'str_decimal', 'fixed': 'ndarray:float32:2,3', 'typed': 'ndarray:int16', 'free': 'ndarray',
        'jpeg': 'jpeg', 'png': 'png', 'ünï': 'str',
    }
    samples = []
    for i in range(13):
        sample = {name: np.dtype(name).type(rng.integers(0, 100)) for name in dtypes}
        if i < 2:
            for name in ints:
                info = np.iinfo(name)
                sample[name] = np.dtype(name).type(info.min if i == 0 else info.max)
            special = [-0.0, float('inf')][i]
            for name in floats:
                sample[name] = np.dtype(name).type(special)
        if i == 2:
            sample |= {'float16': np.float16(6e-8), 'float32': np.float32('nan'), 'float64': np.float64(1e-310)}
        shape = [(1,), (3, 2), (2, 1, 3), (300,), (1, 1, 1, 1, 2)][i % 5]
        sample |= {
            'bytes': rng.bytes(i), 'str': 'Grüße 世界 🌍'[:i], 'json': {'a': [1, 2.5, None], 'ü': i},
            'int': int(rng.integers(-2**62, 2**62)), 'str_int': int(rng.integers(-2**62, 2**62)),
            'str_float': float(rng.normal()) * 10.0**(5 * i - 30), 'str_decimal': Decimal('1.10') * i,
            'fixed': rng.normal(size=(2, 3)).astype('float32'),
            'typed': rng.integers(-9, 9, size=shape).astype('int16'),
            'free': rng.integers(0, 9, size=shape).astype(dtypes[i % len(dtypes)]),
            'jpeg': b'\xff\xd8\xff' + rng.bytes(9), 'png': b'\x89PNG' + rng.bytes(5), 'ünï': 'x',
        }
        samples.append(sample)
    return columns, samples


def images(count):
    rng = np.random.default_rng(11)
    return [{'x': (rng.integers(0, 256, size=(4, 4)) // 64).astype('uint8'), 'y': int(i % 10)} for i in range(count)]


def main():
    columns, samples = everything()
    texts = ('str_int', 'str_float', 'str_decimal')
    write('everything', columns, samples, texts, hashes=['md5', 'sha1', 'sha256', 'xxh32', 'xxh3_128', 'xxh64'])
    image_columns = {'x': 'ndarray:uint8:4,4', 'y': 'int'}
    for name, compression, hashes in [
        ('plain', None, ['xxh64']), ('zstd', 'zstd', ['sha1', 'xxh64']), ('zstd-7', 'zstd:7', ['sha256']),
        ('gz', 'gz', ['md5']), ('gz-1', 'gz:1', ['xxh32', 'xxh3_64']), ('no-hash', 'zstd:1', []),
        ('unknown-hash', None, ['blake2b']),
    ]:
        write(name, image_columns, images(50), compression=compression, hashes=hashes, size_limit=700)
    # Limits that 17 samples just reach, and just exceed.
    for limit in [679, 678]:
        write(f'limit-{limit}', image_columns, images(50), hashes=['xxh64'], size_limit=limit)
    # The very first sample is over the limit: Streaming begins with an empty shard.
    write('empty-first', {'t': 'str'}, [{'t': 'a' * 300}, {'t': 'b'}, {'t': 'c' * 400}], size_limit=280)
    # A golden example whose bytes the tests spell out.
    golden = [
        {'s': 'héllo', 'x': np.array([1, 2], 'float32'), 'y': 7},
        {'s': '', 'x': np.array([0, -0.5], 'float32'), 'y': -1},
    ]
    write('golden', {'s': 'str', 'x': 'ndarray:float32:2', 'y': 'int'}, golden, hashes=['sha1'])
    # Pickles: to be refused.
    write('pickle', {'p': 'pkl', 'y': 'int'}, [{'p': {1: 2}, 'y': 1}])
    del EXPECTED['pickle']
    # Two writers' datasets merged: basenames with folders.
    merged = os.path.join(HERE, 'merged')
    shutil.rmtree(merged, ignore_errors=True)
    shards = []
    for part in range(2):
        write(f'merged/{part:02}', image_columns, images(50)[25 * part:25 * part + 25], compression='zstd', size_limit=700,
              hashes=['xxh64'])
        path = os.path.join(merged, f'{part:02}', 'index.json')
        for shard in json.load(open(path))['shards']:
            for key in ['raw_data', 'zip_data']:
                shard[key]['basename'] = f'{part:02}/' + shard[key]['basename']
            shards.append(shard)
        os.remove(path)
    with open(os.path.join(merged, 'index.json'), 'w') as out:
        json.dump({'shards': shards, 'version': 2}, out, sort_keys=True)
    expect('merged', EXPECTED.pop('merged/00') + EXPECTED.pop('merged/01'))
    with open(os.path.join(HERE, 'expected.json'), 'w') as out:
        json.dump(EXPECTED, out, indent=0, sort_keys=True)


if __name__ == '__main__':
    main()
