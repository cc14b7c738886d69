"""A worker for Leat written in Python: the whole of docs/worker-protocol.md in one page, without dependencies.

The source it serves is a toy: its configuration is {"count": n}, its batch i of epoch e holds float32 inputs
[[i, e, number of epochs that have ended]] and int64 targets [i].
"""

import json, os, struct, sys, threading, queue

requests, answers = os.dup(0), os.dup(1)
os.dup2(2, 1)  # print() does no harm

POLYNOMIAL = 0x82F63B78
TABLE = []
for value in range(256):
    for _ in range(8):
        value = value >> 1 ^ (POLYNOMIAL if value & 1 else 0)
    TABLE.append(value)


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF


def send(kind, head=b"", payload=b""):
    start = struct.pack("<4sIIQ", b"LEAT", kind, len(head), len(payload))
    frame = memoryview(start + struct.pack("<I", crc32c(start + head)) + head + payload)
    while frame:
        frame = frame[os.write(answers, frame):]


def read(count):
    data = b""
    while len(data) < count:
        more = os.read(requests, count - len(data))
        if not more:
            os._exit(1)  # the program is gone
        data += more
    return data


def listen(inbox):
    while True:
        start = read(24)
        magic, kind, length, _, checksum = struct.unpack("<4sIIQI", start)
        head = read(length)
        assert magic == b"LEAT" and crc32c(start[:20] + head) == checksum
        if kind == 8:
            os._exit(0)  # goodbye
        inbox.put((kind, head))


def tensor(role, dtype, shape):
    return struct.pack("<BBBB", role, dtype, len(shape), 0) + struct.pack(f"<{len(shape)}q", *shape)


inbox = queue.Queue()
threading.Thread(target=listen, args=(inbox,), daemon=True).start()
send(1, struct.pack("<I", 1))  # hello
epochs_ended = 0
while True:
    kind, head = inbox.get()
    if kind == 2:  # open
        name_length = struct.unpack_from("<I", head)[0]
        configuration = json.loads(head[4 + name_length:])
        send(3, struct.pack("<q", configuration["count"]))
    elif kind == 4:  # lease
        index, epoch = struct.unpack("<qq", head)
        print("Python makes batch", index, "of epoch", epoch)
        tensors = tensor(0, 9, (1, 3)) + tensor(1, 7, (1,))
        payload = struct.pack("<3fq", index, epoch, epochs_ended, index)
        send(6, struct.pack("<qqI", index, epoch, 2) + tensors, payload)
    elif kind == 5:  # the epoch is over
        epochs_ended += 1
