"""Lets Python make the batches that Leat trains on: a worker process after docs/worker-protocol.md.

    import leat_worker

    class Moons:
        def __init__(self, count, size): ...
        def __len__(self): return self.count                 # batches in an epoch
        def batch(self, index, epoch): return x, y           # or x, or x, y, sample_weight: NumPy arrays

    if __name__ == "__main__":
        leat_worker.serve(lambda settings: Moons(**settings))

`settings` is what the Swift program configures its ProgramBatches with. There may be several workers, each with a copy
of the source, and each is asked for some of the batches, in any order: a batch must follow from index and epoch alone.
`__getitem__(index)` serves in place of `batch`; `on_epoch_end()` is called after each pass, if it is there.
A function that yields batches is served by `leat_worker.serve_generator`. Needs NumPy and nothing else.
"""

import json
import os
import queue
import struct
import sys
import threading

import numpy as np

VERSION = 1
HELLO, OPEN, OPENED, LEASE, EPOCH_END, BATCH, FAILURE, GOODBYE = range(1, 9)
DTYPES = {
    np.dtype(name): code
    for code, name in enumerate("uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64".split())
}


def serve(make_source):
    """Serves the source that `make_source(settings)` returns until the program that started this one is done."""
    if os.environ.pop("LEAT_WORKER", None) != str(VERSION):
        raise SystemExit(f"This program is a worker for Leat, to be started by it with version {VERSION} of its protocol.")
    _Worker(make_source).run()


def serve_generator(make_generator, count):
    """Serves generators: `make_generator(settings, epoch)` yields the `count(settings)` batches of an epoch in order.

    A generator can't be asked for a batch by number: what other workers were asked for is made and thrown away. With
    generators that work hard, one worker is as fast as several.
    """
    serve(lambda settings: _Generated(lambda epoch: make_generator(settings, epoch), count(settings)))


class _Generated:
    def __init__(self, make, count):
        self.make, self.count = make, count
        self.epoch, self.position, self.generator = None, 0, None

    def __len__(self):
        return self.count

    def batch(self, index, epoch):
        if self.epoch != epoch or index < self.position:
            self.epoch, self.position, self.generator = epoch, 0, self.make(epoch)
        while True:
            try:
                batch = next(self.generator)
            except StopIteration:
                raise ValueError(f"the generator ended after {self.position} of {self.count} batches") from None
            self.position += 1
            if self.position > index:
                return batch


class _Worker:
    def __init__(self, make_source):
        self.make_source = make_source
        self.source = None
        self.inbox = queue.Queue()
        self.requests, self.answers = os.dup(0), os.dup(1)
        # What user code prints goes to standard error, and what it reads is empty.
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def run(self):
        threading.Thread(target=self.listen, daemon=True).start()
        self.send(HELLO, struct.pack("<I", VERSION))
        while True:
            kind, head = self.inbox.get()
            if kind == OPEN:
                self.open(head)
            elif kind == LEASE:
                self.make(*struct.unpack("<qq", head))
            elif kind == EPOCH_END and hasattr(self.source, "on_epoch_end"):
                self.source.on_epoch_end()

    def open(self, head):
        try:
            name_length = struct.unpack_from("<I", head)[0]
            self.source = self.make_source(json.loads(head[4 + name_length:]))
            count = len(self.source)
        except Exception as error:
            self.fail(-1, -1, error)
        else:
            self.send(OPENED, struct.pack("<q", count))

    def make(self, index, epoch):
        try:
            source = self.source
            batch = source.batch(index, epoch) if hasattr(source, "batch") else source[index]
            arrays = [_array(part) for part in (batch if isinstance(batch, (tuple, list)) else (batch,))]
            while arrays and arrays[-1] is None:
                arrays.pop()
            if not 1 <= len(arrays) <= 3 or arrays[0] is None:
                raise ValueError(f"a batch is x, (x, y) or (x, y, sample_weight), not {len(arrays)} arrays")
            heads = [_description(role, array) for role, array in enumerate(arrays) if array is not None]
        except Exception as error:
            self.fail(index, epoch, error)
        else:
            head = struct.pack("<qqI", index, epoch, len(heads)) + b"".join(heads)
            self.send(BATCH, head, [array for array in arrays if array is not None])

    def fail(self, index, epoch, error):
        message = f"{type(error).__name__}: {error}"
        self.send(FAILURE, struct.pack("<qq", index, epoch) + message.encode())

    def send(self, kind, head=b"", arrays=()):
        start = struct.pack("<4sIIQ", b"LEAT", kind, len(head), sum(array.nbytes for array in arrays))
        self.write(start + struct.pack("<I", _crc32c(start + head)) + head)
        for array in arrays:
            self.write(array.reshape(-1).view(np.uint8).data if array.size else b"")

    def write(self, data):
        data = memoryview(data)
        while data:
            data = data[os.write(self.answers, data):]

    def read(self, count):
        data = bytearray()
        while len(data) < count:
            more = os.read(self.requests, count - len(data))
            if not more:
                os._exit(1)  # The program is gone.
            data += more
        return bytes(data)

    def listen(self):
        while True:
            start = self.read(24)
            magic, kind, length, _, checksum = struct.unpack("<4sIIQI", start)
            head = self.read(length if magic == b"LEAT" else 0)
            if magic != b"LEAT" or _crc32c(start[:20] + head) != checksum:
                print("leat_worker: what came is no frame", file=sys.stderr)
                os._exit(1)
            if kind == GOODBYE:
                os._exit(0)
            self.inbox.put((kind, head))


def _array(part):
    if part is None:
        return None
    array = np.asarray(part)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8)
    array = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).reshape(array.shape)
    if array.dtype not in DTYPES:
        raise ValueError(f"arrays of {array.dtype} can't be sent")
    return array


def _description(role, array):
    return struct.pack(f"<BBBB{array.ndim}q", role, DTYPES[array.dtype], array.ndim, 0, *array.shape)


def _table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


_TABLE = list(_table())


def _crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = _TABLE[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF
