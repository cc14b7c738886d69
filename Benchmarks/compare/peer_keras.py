"""Measures one model in Keras 3 and prints a line of JSON.

    KERAS_BACKEND=tensorflow|jax python peer_keras.py MODEL [--jit auto|off] [--batch N] [--threads N]
"""

import os
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import measure

options = measure.arguments(__doc__, jit=["auto", "off"])

import keras
import numpy as np
from keras import layers as L

BACKEND = keras.backend.backend()
if BACKEND == "tensorflow":
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(options.threads)
else:
    import jax


def nesterov():
    return keras.optimizers.SGD(learning_rate=0.01, momentum=0.9, nesterov=True)


def blocks(shape, dense, padding):
    """Two blocks of two convolutions each, with pooling and dropout, then two dense layers."""
    layers = [L.Input(shape)]
    for filters in (32, 64):
        layers += [
            L.Conv2D(filters, 3, padding=padding, activation="relu"), L.Conv2D(filters, 3, activation="relu"),
            L.MaxPooling2D(2), L.Dropout(0.25),
        ]
    return layers + [L.Flatten(), L.Dense(dense, activation="relu"), L.Dropout(0.5), L.Dense(10, activation="softmax")]


def lstms(entrance, stateful=False):
    return [
        entrance, L.LSTM(32, return_sequences=True, stateful=stateful),
        L.LSTM(32, return_sequences=True, stateful=stateful), L.LSTM(32, stateful=stateful),
        L.Dense(10, activation="softmax"),
    ]


def dropped(shape, units, rate, classes):
    """Dense layers with relu and dropout, then softmax."""
    layers = [L.Input(shape)]
    for count in units:
        layers += [L.Dense(count, activation="relu"), L.Dropout(rate)]
    return layers + [L.Dense(classes, activation="softmax")]


# Name: layers for a batch size, optimizer, loss.
MODELS = {
    "mlp20": (lambda batch: dropped((20,), (64, 64), 0.5, 10), nesterov, "categorical_crossentropy"),
    "mnist_mlp": (lambda batch: dropped((784,), (512, 512), 0.2, 10), "rmsprop", "categorical_crossentropy"),
    "reuters_mlp": (lambda batch: dropped((1000,), (512,), 0.5, 46), "adam", "categorical_crossentropy"),
    "vgg100": (lambda batch: blocks((100, 100, 3), 256, "valid"), nesterov, "categorical_crossentropy"),
    "cifar_cnn": (lambda batch: blocks((32, 32, 3), 512, "same"), "rmsprop", "categorical_crossentropy"),
    "mnist_cnn": (
        lambda batch: [
            L.Input((28, 28, 1)), L.Conv2D(32, 3, activation="relu"), L.Conv2D(64, 3, activation="relu"),
            L.MaxPooling2D(2), L.Dropout(0.25), L.Flatten(), L.Dense(128, activation="relu"), L.Dropout(0.5),
            L.Dense(10, activation="softmax"),
        ], "adadelta", "categorical_crossentropy",
    ),
    "conv1d": (
        lambda batch: [
            L.Input((100, 100)), L.Conv1D(64, 3, activation="relu"), L.Conv1D(64, 3, activation="relu"),
            L.MaxPooling1D(3), L.Conv1D(128, 3, activation="relu"), L.Conv1D(128, 3, activation="relu"),
            L.GlobalAveragePooling1D(), L.Dropout(0.5), L.Dense(1, activation="sigmoid"),
        ], "rmsprop", "binary_crossentropy",
    ),
    "lstm3": (lambda batch: lstms(L.Input((8, 16))), "rmsprop", "categorical_crossentropy"),
    "lstm3_stateful": (
        lambda batch: lstms(L.Input(batch_shape=(batch, 8, 16)), stateful=True), "rmsprop",
        "categorical_crossentropy",
    ),
    "imdb_lstm": (
        lambda batch: [
            L.Input((80,), dtype="int32"), L.Embedding(20000, 128), L.LSTM(128), L.Dense(1, activation="sigmoid"),
        ], "adam", "binary_crossentropy",
    ),
}


class EpochTimes(keras.callbacks.Callback):
    """Seconds of each epoch."""

    def on_train_begin(self, logs=None):
        self.times = []

    def on_epoch_begin(self, epoch, logs=None):
        self.begin = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.times.append(time.perf_counter() - self.begin)


def forward_functions(model):
    """Ways to run the model forward once, beside `predict_on_batch`: by name, functions that wait for the result."""
    if BACKEND == "tensorflow":
        compiled = {
            "tf.function": tf.function(lambda x: model(x, training=False)),
            "tf.function, XLA": tf.function(lambda x: model(x, training=False), jit_compile=True),
        }
        own = {name: (lambda x, f=f: f(tf.convert_to_tensor(x)).numpy()) for name, f in compiled.items()}
    else:
        # Copies: Keras gives its own arrays away to the functions that it compiles.
        trained, others = ([jax.numpy.array(v.value) for v in variables]
                           for variables in (model.trainable_variables, model.non_trainable_variables))
        jitted = jax.jit(lambda a, b, x: model.stateless_call(a, b, x, training=False)[0])
        own = {"jax.jit": lambda x: np.asarray(jitted(trained, others, x))}
    return {
        "predict_on_batch": lambda x: model.predict_on_batch(x),
        "model(x)": lambda x: np.asarray(model(x, training=False)),
    } | own


def main():
    case = measure.Case(options.model, options.batch)
    layers, optimizer, loss = MODELS[case.name]
    keras.utils.set_random_seed(1)
    begin = time.perf_counter()
    model = keras.Sequential(layers(case.batch))
    jit = "auto" if options.jit == "auto" else False
    model.compile(
        optimizer=optimizer() if callable(optimizer) else optimizer, loss=loss, metrics=["accuracy"], jit_compile=jit)
    times = EpochTimes()

    def fit(epochs):
        model.fit(case.x, case.y, batch_size=case.batch, epochs=epochs, verbose=0, callbacks=[times])
        return times.times

    fit(1)
    first_epoch = time.perf_counter() - begin
    phases = [measure.phase("train", case.batch, case.samples, fit(measure.count_like(fit(2))))]
    phases.append(measure.phase("evaluate", case.batch, case.samples, measure.repeated(
        lambda: model.evaluate(case.x, case.y, batch_size=case.batch, verbose=0))))

    forward = forward_functions(model)
    batches = [case.x[i:i + case.batch] for i in range(0, case.samples, case.batch)]
    ways = {"predict": lambda: model.predict(case.x, batch_size=case.batch, verbose=0)}
    for name, function in forward.items():
        ways[name] = lambda f=function: np.concatenate([f(batch) for batch in batches])
    way, body = measure.fastest(ways)
    phases.append(measure.phase("predict", case.batch, case.samples, measure.repeated(body), way))

    sample = case.x[:case.latency_batch]
    way, body = measure.fastest({name: lambda f=function: f(sample) for name, function in forward.items()})
    phases.append(measure.phase("latency", case.latency_batch, case.latency_batch, measure.latencies(body), way))
    suffix = "-nojit" if options.jit == "off" else ""
    measure.report(f"keras-{BACKEND}{suffix}", case, options.threads, first_epoch, phases)


main()
