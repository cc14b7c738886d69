"""Measures one model in PyTorch and prints a line of JSON.

    python peer_torch.py MODEL [--mode eager|compile] [--batch N] [--threads N]
"""

import time

import measure

options = measure.arguments(__doc__, mode=["eager", "compile"])

import torch
import torch.nn.functional as F
from torch import nn

if options.threads:
    torch.set_num_threads(options.threads)


class Stack(nn.Module):
    """Layers in a row; the state that it takes and gives is nothing."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x, state=None):
        return self.layers(x), None


class Recurrent(nn.Module):
    """An entrance, LSTMs, and a dense layer on the last step; takes and gives the LSTMs' states."""

    def __init__(self, entrance, lstms, last):
        super().__init__()
        self.entrance, self.lstms, self.last = entrance, nn.ModuleList(lstms), last

    def forward(self, x, state=None):
        x, states = self.entrance(x), []
        for index, lstm in enumerate(self.lstms):
            x, new = lstm(x, None if state is None else state[index])
            states.append(new)
        return self.last(x[:, -1]), states


class Mean(nn.Module):
    """The mean over the last axis."""

    def forward(self, x):
        return x.mean(-1)


def blocks(size, dense, same):
    """Two blocks of two convolutions each, with pooling and dropout, then two dense layers."""
    layers, channels = [], 3
    for filters in (32, 64):
        layers += [
            nn.Conv2d(channels, filters, 3, padding=1 if same else 0), nn.ReLU(), nn.Conv2d(filters, filters, 3),
            nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
        ]
        channels = filters
        size = (size - (2 if same else 4)) // 2
    return Stack(
        *layers, nn.Flatten(), nn.Linear(64 * size * size, dense), nn.ReLU(), nn.Dropout(0.5), nn.Linear(dense, 10))


def dropped(inputs, units, rate, classes):
    """Dense layers with relu and dropout, then the classes' logits."""
    layers = []
    for count in units:
        layers += [nn.Linear(inputs, count), nn.ReLU(), nn.Dropout(rate)]
        inputs = count
    return Stack(*layers, nn.Linear(inputs, classes))


def lstms():
    return Recurrent(nn.Identity(), [nn.LSTM(n, 32, batch_first=True) for n in (16, 32, 32)], nn.Linear(32, 10))


def categorical(logits, targets):
    return -(targets * F.log_softmax(logits, 1)).sum(1).mean()


binary = F.binary_cross_entropy_with_logits


def sgd(parameters):
    return torch.optim.SGD(parameters, 0.01, momentum=0.9, nesterov=True, fused=True)


def rmsprop(parameters):
    return torch.optim.RMSprop(parameters, 1e-3, alpha=0.9)


def adam(parameters):
    return torch.optim.Adam(parameters, 1e-3, fused=True)


# Name: model, optimizer, loss.
MODELS = {
    "mlp20": (lambda: dropped(20, (64, 64), 0.5, 10), sgd, categorical),
    "mnist_mlp": (lambda: dropped(784, (512, 512), 0.2, 10), rmsprop, categorical),
    "reuters_mlp": (lambda: dropped(1000, (512,), 0.5, 46), adam, categorical),
    "vgg100": (lambda: blocks(100, 256, False), sgd, categorical),
    "cifar_cnn": (lambda: blocks(32, 512, True), rmsprop, categorical),
    "mnist_cnn": (
        lambda: Stack(
            nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
            nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10)),
        lambda parameters: torch.optim.Adadelta(parameters, 1e-3, rho=0.95, eps=1e-7), categorical,
    ),
    "conv1d": (
        lambda: Stack(
            nn.Conv1d(100, 64, 3), nn.ReLU(), nn.Conv1d(64, 64, 3), nn.ReLU(), nn.MaxPool1d(3),
            nn.Conv1d(64, 128, 3), nn.ReLU(), nn.Conv1d(128, 128, 3), nn.ReLU(), Mean(), nn.Dropout(0.5),
            nn.Linear(128, 1)),
        rmsprop, binary,
    ),
    "lstm3": (lstms, rmsprop, categorical),
    "lstm3_stateful": (lstms, rmsprop, categorical),
    "imdb_lstm": (
        lambda: Recurrent(nn.Embedding(20000, 128), [nn.LSTM(128, 128, batch_first=True)], nn.Linear(128, 1)),
        adam, binary,
    ),
}


def detached(state):
    return [(h.detach(), c.detach()) for h, c in state]


def main():
    case = measure.Case(options.model, options.batch)
    build, optimizer, loss = MODELS[case.name]
    torch.manual_seed(1)
    x, y = torch.from_numpy(case.x), torch.from_numpy(case.y)
    # Channels first, as PyTorch has them; images lie channels last in memory, which its convolutions like best.
    if x.dim() == 4:
        x = x.permute(0, 3, 1, 2)
    if case.name == "conv1d":
        x = x.permute(0, 2, 1).contiguous()
    begin = time.perf_counter()
    model = build()
    if x.dim() == 4:
        model = model.to(memory_format=torch.channels_last)
    steps = optimizer(model.parameters())
    run = torch.compile(model) if options.mode == "compile" else model
    starts = range(0, case.samples, case.batch)

    def train():
        model.train()
        order, state = (None if case.fixed else torch.randperm(case.samples)), None
        for start in starts:
            rows = slice(start, start + case.batch) if order is None else order[start:start + case.batch]
            steps.zero_grad(set_to_none=True)
            output, new = run(x[rows], state)
            state = detached(new) if case.fixed else None
            loss(output, y[rows]).backward()
            steps.step()

    def evaluate():
        total, right, state = 0.0, 0.0, None
        for start in starts:
            targets = y[start:start + case.batch]
            output, new = run(x[start:start + case.batch], state)
            state = new if case.fixed else None
            total += loss(output, targets).item() * len(targets)
            guess = output.argmax(1) == targets.argmax(1) if output.shape[1] > 1 else (output > 0) == (targets > 0.5)
            right += guess.sum().item()
        return total / case.samples, right / case.samples

    activation = torch.sigmoid if loss is binary else lambda logits: torch.softmax(logits, 1)

    def predict():
        outputs, state = [], None
        for start in starts:
            output, new = run(x[start:start + case.batch], state)
            state = new if case.fixed else None
            outputs.append(activation(output))
        return torch.cat(outputs).numpy()

    train()
    first_epoch = time.perf_counter() - begin
    phases = [measure.phase("train", case.batch, case.samples, measure.repeated(train))]
    model.eval()
    with torch.inference_mode():
        for name, body in (("evaluate", evaluate), ("predict", predict)):
            phases.append(measure.phase(name, case.batch, case.samples, measure.repeated(body)))
        sample = x[:case.latency_batch]
        times = measure.latencies(lambda: activation(run(sample, None)[0]).numpy())
    phases.append(measure.phase("latency", case.latency_batch, case.latency_batch, times))
    measure.report(f"torch-{options.mode}", case, options.threads, first_epoch, phases)


main()
