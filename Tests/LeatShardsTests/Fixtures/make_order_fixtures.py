"""Writes order.json: the orders of MosaicML Streaming, as the tests expect them, with the package's own code.

    pip install --no-deps mosaicml-streaming && pip install numpy
    python make_order_fixtures.py

Nothing of the package is imported that would need torch: its modules are loaded without its __init__, and single
functions are taken out of those that import more than they use. Long arrays are kept as the SHA-256 of their 64-bit
little-endian integers.
Made with mosaicml-streaming 0.13.0 and NumPy 2.4.6.
"""

import ast
import hashlib
import importlib
import importlib.util
import json
import os
import sys
import types
import warnings
from types import SimpleNamespace

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
warnings.simplefilter('ignore')


def folder(package):
    return importlib.util.find_spec(package).submodule_search_locations[0]


STREAMING = folder('streaming')
SIMULATION = folder('simulation')
for name in ['streaming', 'streaming.base']:
    module = types.ModuleType(name)
    module.__path__ = [os.path.join(STREAMING, *name.split('.')[1:])]
    sys.modules[name] = module

get_shuffle = importlib.import_module('streaming.base.shuffle').get_shuffle
get_sampling = importlib.import_module('streaming.base.sampling').get_sampling
get_partitions = importlib.import_module('streaming.base.partition.orig').get_partitions_orig


def function(path, *names, **globals):
    """Functions of a source file, wherever in it they are, without its imports."""
    with open(path) as file:
        tree = ast.parse(file.read())
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in names]
    scope = {'np': np, **globals}
    header = 'from __future__ import annotations\n'
    for node in found:
        node.decorator_list = []
        exec(header + ast.unparse(node), scope)
    return scope


quality = function(
    os.path.join(SIMULATION, 'core', 'shuffle_quality.py'), 'get_entropy', 'get_entropy_shuffle_quality',
    get_shuffle=get_shuffle)
weights = function(os.path.join(STREAMING, 'base', 'stream.py'), 'apply_weights', 'validate_weights')
resample = function(os.path.join(STREAMING, 'base', 'dataset.py'), 'resample_streams',
                    get_sampling=get_sampling)['resample_streams']


def numbers(array):
    array = np.asarray(array, np.int64)
    if len(array) <= 64:
        return array.tolist()
    return hashlib.sha256(array.astype('<i8').tobytes()).hexdigest()


def generators():
    for seed in [0, 1, 9176, 2**32 - 1, 2**32, 2**63 + 5, 2**64 - 1]:
        rng = np.random.default_rng(seed)
        yield {
            'seed': str(seed),
            'words': [str(x) for x in np.random.SeedSequence(seed).generate_state(4, np.uint64).tolist()],
            'uniform': rng.uniform(-3, 0.5, 5).tolist(),
            'integers': [int(rng.integers(low, high)) for low, high in
                         [(0, 1), (5, 6), (0, 2), (10, 13), (0, 1000), (7, 2**31), (0, 3 * 2**30), (1, 2**32)] * 3],
            'between': rng.uniform(0, 1, 3).tolist(),
            'permutations': [rng.permutation(n).tolist() for n in [0, 1, 2, 10, 33]],
            'long': numbers(rng.permutation(100_000)),
            'list': (lambda x: (rng.shuffle(x), x)[1])(list(range(40))),
            'choices': [[n, k, numbers(rng.choice(n, k, False))] for n, k in
                        [(1, 1), (5, 0), (5, 2), (5, 5), (100, 30), (10_000, 900), (10_001, 100), (10_001, 300),
                         (20_000, 20_000), (50_000, 1000), (50_000, 1001)]],
            'end': rng.uniform(0, 1),
        }
    rng = np.random.default_rng(2**64 - 1 + 5)
    yield {'seed': str(2**64 - 1), 'plus': 5, 'end': rng.uniform(0, 1)}


SIZES = {
    'one': [1],
    'few': [10, 7, 9, 4],
    'empty': [0, 6, 0, 0, 11, 3, 0],
    'uneven': [1, 50, 2, 300, 1, 1, 17, 90],
    'many': [100] * 30 + [17],
    'ones': [1] * 41,
    'large': [10_190] * 5 + [9_050],
    'wide': [3_000] * 200 + [1],
}


def shuffles():
    for name, sizes in SIZES.items():
        for algorithm in ['py1e', 'py1br', 'py1s', 'py2s', 'naive']:
            for nodes in [1, 2, 3, 8]:
                if nodes > sum(sizes):
                    continue
                for block in [2, 7, 100, 4096, 2**18] if algorithm in ('py1e', 'py1br') else [2**18]:
                    if name == 'wide' and (nodes, block) not in [(1, 4096), (3, 2**18)]:
                        continue
                    seed, epoch = [(9176, 0), (3, 7), (2**64 - 1, 2)][(nodes + block) % 3]
                    order = get_shuffle(algorithm, np.array(sizes), nodes, seed, epoch, block)
                    yield {'algorithm': algorithm, 'sizes': name, 'nodes': nodes, 'block': block,
                           'seed': str(seed), 'epoch': epoch, 'order': numbers(order)}


def partitions():
    """What each rank reads, batch by batch, of unshuffled samples; whatever the number of workers."""
    for samples, nodes, ranks, workers, batch in [
            (24, 1, 1, 1, 4), (24, 1, 2, 3, 2), (20, 1, 2, 2, 3), (24, 2, 2, 2, 2), (37, 1, 1, 2, 5), (96, 4, 4, 1, 3),
            (60, 5, 1, 1, 7), (61, 5, 1, 2, 7), (23, 3, 1, 1, 4), (90, 3, 2, 2, 5), (64, 64, 4, 1, 2), (7, 2, 2, 1, 1)]:
        ids = get_partitions(samples, nodes, 1, ranks, workers, batch)[0]
        yield {'samples': samples, 'nodes': nodes, 'ranks': ranks, 'batch': batch,
               'read': [[b.tolist() for b in rank.transpose(1, 0, 2).reshape(-1, batch)] for rank in ids]}


def streams():
    cases = [
        ([[10, 7, 9]], ['repeats 2.5'], None), ([[10, 7, 9]], ['choose 5'], None), ([[10, 7, 9]], ['choose 52'], None),
        ([[10, 7, 9], [4, 4], [30]], ['proportion 0.5', 'proportion 0.3', 'proportion 0.2'], None),
        ([[10, 7, 9], [4, 4], [30]], ['proportion 1', 'proportion 1', 'proportion 1'], 200),
        ([[10, 7, 9], [4, 4], [30]], ['whole', 'repeats 0.4', 'choose 100'], None),
        ([[10, 7, 9], [4, 4], [30]], ['whole', 'whole', 'whole'], 37),
        ([[5], [6], [7]] * 4, [f'proportion 0.{i + 1}' for i in range(12)], 1001),
        ([[20_000, 300], [12_000]], ['repeats 0.7', 'repeats 1.3'], None),
        ([[6, 5]], ['whole'], None),
    ]
    for sizes, shares, total in cases:
        for shuffle, seed in [(True, 9176), (False, 5)]:
            parts = []
            for share in shares:
                kind, _, value = share.partition(' ')
                key = {'proportion': 'proportion', 'repeats': 'repeat', 'choose': 'choose', 'whole': None}[kind]
                parts.append(SimpleNamespace(**({key: (int if key == 'choose' else float)(value)} if key else {})))
            owner = SimpleNamespace(validate_weights=lambda streams: weights['validate_weights'](owner, streams))
            weights['apply_weights'](owner, parts, np.array([sum(x) for x in sizes]), total, seed)
            flat = np.array([x for stream in sizes for x in stream])
            dataset = SimpleNamespace(
                shuffle_seed=seed, sampling_method='balanced', num_streams=len(sizes), streams=parts,
                shard_offset_per_stream=np.cumsum([0] + [len(x) for x in sizes]),
                shards_per_stream=np.array([len(x) for x in sizes]), samples_per_shard=flat,
                sample_offset_per_shard=flat.cumsum() - flat, sampling_granularity=1, epoch_seed_change=shuffle)
            for epoch in [0, 3]:
                units, ids = resample(dataset, epoch)
                yield {'sizes': sizes, 'shares': shares, 'total': total, 'shuffle': shuffle, 'seed': seed,
                       'epoch': epoch, 'counts': [int(part.choose) for part in parts],
                       'units': units.tolist(), 'ids': numbers(ids)}


def qualities():
    for name in ['few', 'many', 'large']:
        sizes = np.array(SIZES[name])
        count = int(sizes.sum())
        shards = np.repeat(np.arange(len(sizes)), sizes)
        for algorithm in ['none', 'py1e', 'py1br', 'py1s', 'naive']:
            score = quality['get_entropy_shuffle_quality'](algorithm, np.arange(count), sizes, shards, 1, 1, 2**18)
            yield {'sizes': name, 'algorithm': algorithm, 'block': 2**18, 'seed': '1', 'score': float(score)}


with open(os.path.join(HERE, 'order.json'), 'w') as file:
    json.dump({
        'sizes': SIZES, 'generators': list(generators()), 'shuffles': list(shuffles()),
        'partitions': list(partitions()), 'streams': list(streams()), 'qualities': list(qualities()),
    }, file, separators=(',', ':'))
    file.write('\n')
