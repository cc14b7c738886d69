"""Writes goldens.json beside this file: small models trained by Keras 3, for the tests to follow step by step.

    KERAS_BACKEND=jax python make_goldens.py                                (keras 3.x)
    KERAS_BACKEND=tensorflow python make_goldens.py "lstm stateful"

Names choose the cases to write anew: with jax, Keras 3.15 forgets the states of stateful layers; with tensorflow, it
takes the crossentropy of a sigmoid's logits.
"""
import json
import os
import pathlib
import sys

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import keras
import numpy as np
from keras import layers as L, optimizers as O

rng = np.random.default_rng(42)


def real(*shape):
    return rng.standard_normal(shape).astype("float32")


def onehot(n, k):
    return np.eye(k, dtype="float32")[rng.integers(0, k, n)]


def labels(n, k):
    return rng.integers(0, k, (n, 1)).astype("float32")


def mlp(units=3, last="softmax"):
    return [L.Input((5,)), L.Dense(7, activation="relu"), L.Dense(6, activation="tanh"), L.Dense(units, activation=last)]


def cnn(padding="valid", strides=1):
    return [
        L.Input((9, 8, 2)),
        L.Conv2D(4, 3, activation="relu", padding=padding),
        L.MaxPooling2D(2, padding=padding),
        L.Conv2D(3, (2, 3), strides=strides, padding=padding, activation="sigmoid"),
        L.Flatten(),
        L.Dense(4, activation="softmax"),
    ]


def lstm(steps, features, *layers, last=L.Dense):
    return [L.Input((steps, features)), *layers, last(3, activation="softmax")]


def words(n, steps, vocabulary):
    return rng.integers(0, vocabulary, (n, steps)).astype("float32")


CASES = {
    "sgd": (mlp(), O.SGD(0.1), "categorical_crossentropy", real(8, 5), onehot(8, 3)),
    "sgd momentum": (mlp(), O.SGD(0.1, momentum=0.9), "categorical_crossentropy", real(8, 5), onehot(8, 3)),
    "sgd nesterov": (mlp(), O.SGD(0.1, momentum=0.9, nesterov=True), "sparse_categorical_crossentropy", real(8, 5), labels(8, 3)),
    "rmsprop": (mlp(), O.RMSprop(0.01), "categorical_crossentropy", real(8, 5), onehot(8, 3)),
    "adam": (mlp(), O.Adam(0.01), "categorical_crossentropy", real(8, 5), onehot(8, 3)),
    "adam amsgrad": (mlp(), O.Adam(0.01, amsgrad=True), "categorical_crossentropy", real(8, 5), onehot(8, 3)),
    "binary": (mlp(1, "sigmoid"), O.SGD(0.1), "binary_crossentropy", real(8, 5), labels(8, 2)),
    "binary wide": (mlp(3, "sigmoid"), O.Adam(0.01), "binary_crossentropy", real(8, 5), (real(8, 3) > 0).astype("float32")),
    "mse": (mlp(2, "linear"), O.SGD(0.05), "mse", real(8, 5), real(8, 2)),
    "crossentropy of no softmax": (mlp(3, "sigmoid"), O.SGD(0.1), "categorical_crossentropy", real(8, 5), onehot(8, 3)),
    "cnn": (cnn(), O.SGD(0.1, momentum=0.9), "categorical_crossentropy", real(6, 9, 8, 2), onehot(6, 4)),
    "cnn same": (cnn("same", 2), O.Adam(0.01), "sparse_categorical_crossentropy", real(6, 9, 8, 2), labels(6, 4)),
    "lstm": (lstm(5, 3, L.LSTM(7)), O.SGD(0.1, momentum=0.9), "categorical_crossentropy", real(6, 5, 3), onehot(6, 3)),
    "lstm stack": (lstm(4, 5, L.LSTM(9, return_sequences=True), L.LSTM(17, go_backwards=True, return_sequences=True), L.LSTM(3)),
                   O.RMSprop(0.01), "categorical_crossentropy", real(13, 4, 5), onehot(13, 3)),
    "lstm sequences": ([L.Input((6, 2)), L.LSTM(4, return_sequences=True), L.Dense(3)], O.Adam(0.01), "mse", real(5, 6, 2), real(5, 6, 3)),
    "lstm one step": (lstm(1, 9, L.LSTM(6, use_bias=False)), O.Adam(0.01), "categorical_crossentropy", real(3, 1, 9), onehot(3, 3)),
    "lstm activations": (lstm(3, 4, L.LSTM(8, activation="relu", recurrent_activation="tanh", go_backwards=True)),
                         O.SGD(0.05), "categorical_crossentropy", real(9, 3, 4), onehot(9, 3)),
    "lstm stateful": ([L.Input(batch_shape=(4, 3, 2)), L.LSTM(5, return_sequences=True, stateful=True), L.LSTM(6, stateful=True),
                       L.Dense(3, activation="softmax")], O.SGD(0.1), "categorical_crossentropy", real(4, 3, 2), onehot(4, 3)),
    "embedding lstm": ([L.Input((7,)), L.Embedding(23, 5), L.LSTM(6), L.Dense(1, activation="sigmoid")], O.Adam(0.01),
                       "binary_crossentropy", words(9, 7, 23), labels(9, 2)),
    "embedding": ([L.Input((3,)), L.Embedding(11, 4), L.Flatten(), L.Dense(3, activation="softmax")], O.SGD(0.1, momentum=0.9),
                  "sparse_categorical_crossentropy", words(6, 3, 11), labels(6, 3)),
}


def sequences(conv, pool=None, top=None, shape=(11, 3)):
    middle = [pool] if pool else []
    return [L.Input(shape), conv, *middle, L.Conv1D(4, 2, activation="tanh"), top or L.GlobalAveragePooling1D(), L.Dense(3, activation="softmax")]


# Names of their own, after those above: every case draws its numbers in turn.
CASES |= {
    "adadelta": (mlp(), O.Adadelta(1.0), "categorical_crossentropy", real(8, 5), onehot(8, 3)),
    "conv1d": (sequences(L.Conv1D(5, 3, activation="relu"), L.MaxPooling1D(3)), O.SGD(0.1, momentum=0.9), "categorical_crossentropy", real(6, 11, 3), onehot(6, 3)),
    "conv1d strides": (sequences(L.Conv1D(5, 4, strides=2, activation="relu")), O.Adam(0.01), "categorical_crossentropy", real(6, 11, 3), onehot(6, 3)),
    "conv1d same": (sequences(L.Conv1D(5, 4, strides=3, padding="same", activation="sigmoid"), L.MaxPooling1D(2, strides=1, padding="same")), O.Adam(0.01), "categorical_crossentropy", real(6, 11, 3), onehot(6, 3)),
    "conv1d causal": (sequences(L.Conv1D(5, 3, padding="causal", dilation_rate=2, activation="relu"), L.MaxPooling1D(3, strides=2)), O.SGD(0.1, momentum=0.9), "categorical_crossentropy", real(6, 11, 3), onehot(6, 3)),
    "conv1d causal strides": (sequences(L.Conv1D(5, 3, padding="causal", strides=2, use_bias=False)), O.SGD(0.1), "categorical_crossentropy", real(6, 11, 3), onehot(6, 3)),
    "conv1d dilated": (sequences(L.Conv1D(5, 3, dilation_rate=3, activation="softmax"), None, L.GlobalMaxPooling1D()), O.Adadelta(0.5, rho=0.9), "categorical_crossentropy", real(6, 11, 3), onehot(6, 3)),
    "conv1d channels first": (
        [
            L.Input((3, 11)),
            L.Conv1D(5, 3, data_format="channels_first", activation="softmax"),
            L.MaxPooling1D(2, data_format="channels_first", padding="same"),
            L.GlobalAveragePooling1D(data_format="channels_first", keepdims=True),
            L.Flatten(),
            L.Dense(3, activation="softmax"),
        ],
        O.SGD(0.1), "categorical_crossentropy", real(6, 3, 11), onehot(6, 3),
    ),
    "global pooling of images": (
        [L.Input((5, 4, 2)), L.Conv2D(6, 2, activation="relu"), L.GlobalAveragePooling2D(keepdims=True), L.Conv2D(4, 1), L.GlobalMaxPooling2D(), L.Dense(3, activation="softmax")],
        O.Adam(0.01), "categorical_crossentropy", real(6, 5, 4, 2), onehot(6, 3),
    ),
}


def numbers(array):
    return {"shape": list(array.shape), "values": [float(v) for v in np.asarray(array, "float32").ravel()]}


def main():
    path = pathlib.Path(__file__).with_name("goldens.json")
    chosen = sys.argv[1:] or CASES
    out = json.loads(path.read_text())["cases"] if sys.argv[1:] else {}
    for name, (layers, optimizer, loss, x, y) in CASES.items():
        if name not in chosen:
            continue
        model = keras.Sequential(layers)
        model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])
        weights = [0.5 * real(*w.shape) for w in model.get_weights()]
        model.set_weights(weights)
        case = {
            "x": numbers(x), "y": numbers(y), "weights": [numbers(w) for w in weights],
            "prediction": numbers(model.predict(x, verbose=0)), "steps": [],
        }
        for step in range(20):
            # One batch is one epoch, so what fit reports is this batch's loss and accuracy before the update.
            history = model.fit(x, y, batch_size=len(x), epochs=1, verbose=0, shuffle=False).history
            case["steps"].append([history["loss"][0], history["accuracy"][0]])
            if step == 0:
                case["weightsAfter1"] = [numbers(w) for w in model.get_weights()]
        case["weightsAfter20"] = [numbers(w) for w in model.get_weights()]
        # A weight for each score: for each sample, or each of its steps.
        scores = y.shape[:-1]
        w = np.linspace(0.1, 2, int(np.prod(scores))).astype("float32").reshape(scores)
        # Keras keeps running totals in evaluate, so the weighted loss is taken from one batch.
        case["sampleWeights"] = numbers(w)
        case["weightedLoss"] = float(model.test_on_batch(x, y, sample_weight=w, return_dict=True)["loss"])
        out[name] = case
    path.write_text(json.dumps({"keras": keras.__version__, "cases": out}))


main()
