"""Writes callbacks.json: what Keras 3's EarlyStopping and ReduceLROnPlateau do to sequences of epoch values.

    python callbacks.py > callbacks.json
"""

import json
import sys

import keras


class Optimizer:
    learning_rate = 0.1


class Model:
    def __init__(self):
        self.optimizer, self.stop_training, self.weights = Optimizer(), False, None

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def run(callback, values):
    """Feeds the values, the epoch's number as its weights, until the callback stops training."""
    model, rates, epochs = Model(), [], 0
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        model.weights, epochs = epoch, epoch + 1
        callback.on_epoch_end(epoch, {"val_loss": value})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    callback.on_train_end()
    return {"epochs": epochs, "weights": model.weights, "rates": rates}


def early(values, **settings):
    settings = {"patience": 0, "min_delta": 0.0, "mode": "min", "baseline": None, "restore_best_weights": False,
                "start_from_epoch": 0, **settings}
    return {"settings": settings, "values": values, **run(keras.callbacks.EarlyStopping("val_loss", **settings), values)}


def plateau(values, **settings):
    settings = {"factor": 0.1, "patience": 10, "mode": "min", "min_delta": 1e-4, "cooldown": 0, "min_lr": 0.0, **settings}
    return {"settings": settings, "values": values,
            **run(keras.callbacks.ReduceLROnPlateau("val_loss", **settings), values)}


falling = [1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.74, 0.73, 0.72]
json.dump({
    "early_stopping": [
        early([0.086, 0.1096, 0.1040, 0.1019], patience=2),
        early([0.5, 0.4, 0.4, 0.3]),
        early([0.5, 0.6, 0.4], patience=1),
        early([0.55, 0.76, 0.81, 0.81, 0.8, 0.7], patience=2, mode="max", baseline=0.75),
        early([0.55, 0.74, 0.7, 0.6, 0.81], patience=2, mode="max", baseline=0.75),
        early(falling, patience=2, restore_best_weights=True),
        early(falling, patience=3, restore_best_weights=True),
        early(falling, patience=30, restore_best_weights=True),
        early([1.0, 0.99, 0.98, 0.97], patience=2, min_delta=0.05),
        early([1.0, 2.0, 3.0, 4.0, 3.0, 2.0], patience=2, start_from_epoch=3),
        early([3.0, 3.0, 3.0, 3.0], patience=2, restore_best_weights=True, baseline=1.0),
    ],
    "reduce_lr_on_plateau": [
        plateau([1.0] * 6, patience=2),
        plateau([1.0, 0.9, 0.95, 0.96, 0.97, 0.98, 0.99], patience=2, cooldown=2),
        plateau([1.0, 0.99995, 0.9999, 0.99], patience=1),
        plateau([1.0] * 8, patience=1, factor=0.5, min_lr=0.02),
        plateau([0.1, 0.2, 0.2, 0.2, 0.3], patience=2, mode="max"),
        plateau([1.0] * 7, patience=1, cooldown=1),
    ],
}, sys.stdout, indent=1)
