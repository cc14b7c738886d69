"""Writes the corpus beside this script, and the list of what each file is (README.md). Needs nothing but Python.

The files are the seeds of the fuzz tests, which replay them as they are and mutate them. A valid one must be read, a
malformed one refused by an error. An input that once did harm is added here, so that it is tried for ever.
"""

import gzip, json, struct
from pathlib import Path

HERE = Path(__file__).parent
notes = []


def put(path, content, note):
    path = HERE / path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    notes.append((path.relative_to(HERE), len(content), note))


# Frames of the worker protocol, docs/worker-protocol.md

TABLE = []
for value in range(256):
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    TABLE.append(value)


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 255] ^ value >> 8
    return value ^ 0xFFFFFFFF


def frame(kind, head=b"", payload=b"", magic=b"LEAT", head_length=None, payload_length=None, checksum=None):
    start = struct.pack(
        "<4sIIQ", magic, kind, len(head) if head_length is None else head_length,
        len(payload) if payload_length is None else payload_length)
    return start + struct.pack("<I", crc32c(start + head) if checksum is None else checksum) + head + payload


def tensor(role, dtype, shape, rank=None):
    return struct.pack("<BBBB", role, dtype, len(shape) if rank is None else rank, 0) + struct.pack(
        f"<{len(shape)}q", *shape)


def batch(*tensors, payload=b"", count=None, index=3, epoch=2, rest=b"", payload_length=None, kind=6):
    head = struct.pack("<qqI", index, epoch, len(tensors) if count is None else count) + b"".join(tensors) + rest
    return frame(kind, head, payload, payload_length=payload_length)


def roomed(*tensors, **more):
    return batch(*tensors, kind=9, **more)


def lease(*room, index=3, epoch=2):
    return frame(4, struct.pack(f"<{2 + len(room)}q", index, epoch, *room))


def failure(text, index=3, epoch=2):
    return frame(7, struct.pack("<qq", index, epoch) + text)


def named(name, rest=b"", length=None):
    return frame(2, struct.pack("<I", len(name) if length is None else length) + name + rest)


HELLO = frame(1, struct.pack("<I", 1))
FRAMES = {
    "valid": [
        ("hello", HELLO, "the greeting of version 1"),
        ("hello-99", frame(1, struct.pack("<I", 99)), "the greeting of another version, which is understood"),
        ("hello-rooms", frame(1, struct.pack("<II", 1, 1)), "the greeting of a worker that takes rooms"),
        ("hello-abilities", frame(1, struct.pack("<II", 1, 0xFFFFFFFF)), "with abilities that nobody knows yet"),
        ("open", named("leat.shards".encode(), b'{"path": "/data"}'), "a source and its configuration"),
        ("open-nothing", named(b""), "no name and no configuration"),
        ("open-not-utf8", named(b"\xff\xc0\x80", b"\xfe"), "a name that is not UTF-8, which is repaired"),
        ("opened", frame(3, struct.pack("<q", 1 << 40)), "many batches"),
        ("opened-negative", frame(3, struct.pack("<q", -1)), "fewer than no batches: not this program's number"),
        ("lease", frame(4, struct.pack("<qq", 3, 2)), "a batch to make"),
        ("lease-edge", frame(4, struct.pack("<qq", -(1 << 63), (1 << 63) - 1)), "numbers at the edge"),
        ("lease-room", lease(1 << 20, 40960), "with a room"),
        ("lease-room-empty", lease(0, 0), "with a room for nothing, at the start"),
        ("lease-room-edge", lease((1 << 62) - 1, 1 << 62), "with a room that ends where numbers do"),
        ("epoch-end", frame(5, struct.pack("<q", 7)), "an epoch is over"),
        ("goodbye", frame(8), "the end"),
        ("batch", batch(tensor(0, 9, (2, 3)), tensor(1, 7, (2,)), tensor(2, 10, (2,)), payload=bytes(56)),
         "inputs, targets and sample weights"),
        ("batch-scalar", batch(tensor(0, 8, ()), payload=bytes(2)), "inputs without axes"),
        ("batch-no-rows", batch(tensor(0, 0, (0, 4, 1, 9))), "inputs without elements"),
        ("batch-32-axes", batch(tensor(0, 0, (1,) * 32), payload=b"\x01"), "as many axes as are allowed"),
        ("batch-weights-only", batch(tensor(0, 4, (1,)), tensor(2, 9, (1,)), payload=bytes(8)), "no targets"),
        ("roomed", roomed(tensor(0, 9, (2, 3)), tensor(1, 7, (2,)), tensor(2, 10, (2,))),
         "inputs, targets and sample weights in a room"),
        ("roomed-scalar", roomed(tensor(0, 8, ())), "inputs without axes in a room"),
        ("roomed-no-rows", roomed(tensor(0, 0, (0, 4, 1, 9))), "nothing in a room"),
        ("roomed-largest", roomed(*[tensor(role, 0, (4 << 30,)) for role in range(3)]),
         "as much as is allowed, for which no room is large enough"),
        ("failure", failure("Batch 3 can't be made.".encode()), "a batch that can't be made"),
        ("failure-located", failure(b"words\0shard.00003.mds\x0017"), "with the file and the sample to blame"),
        ("failure-not-utf8", failure(b"\xff\0\xfe\0x"), "with a sample that is no number"),
        ("failure-opening", failure(b"no such folder", -1, -1), "a source that can't be opened"),
        ("failure-zeros", failure(bytes(9)), "nothing but separators"),
    ],
    "malformed": [
        ("empty", b"", "the other side has gone"),
        ("header-cut", HELLO[:23], "a header without its last byte"),
        ("magic", frame(1, struct.pack("<I", 1), magic=b"LEAF"), "another magic"),
        ("text", b"Loading the dataset, please wait ...\n", "what a program prints"),
        ("kind-0", frame(0), "there is no kind 0"),
        ("kind-9", frame(9), "a batch in a room, without a description"),
        ("kind-max", frame(0xFFFFFFFF), "nor this"),
        ("checksum", frame(1, struct.pack("<I", 1), checksum=0), "a wrong checksum"),
        ("head-huge", frame(1, b"", head_length=(1 << 24) + 1), "a longer description than is allowed"),
        ("head-max", frame(1, b"", head_length=0xFFFFFFFF), "four gigabytes of description"),
        ("head-cut", HELLO[:-1], "a description without its last byte"),
        ("hello-short", frame(1, b"\1\0\0"), "three bytes for a number of four"),
        ("hello-long", frame(1, bytes(5)), "five bytes for a number of four"),
        ("hello-payload", frame(1, struct.pack("<I", 1), b"more"), "a payload where there is none"),
        ("open-name-beyond", named(b"name", length=5), "a name longer than the frame"),
        ("open-name-max", named(b"name", length=0xFFFFFFFF), "a name of four gigabytes"),
        ("lease-short", frame(4, bytes(15)), "a lease without its last byte"),
        ("hello-abilities-long", frame(1, bytes(9)), "a byte behind the abilities"),
        ("lease-room-short", frame(4, bytes(31)), "a room without its last byte"),
        ("lease-room-half", frame(4, bytes(24)), "a room without its size"),
        ("lease-room-long", frame(4, bytes(33)), "a byte behind the room"),
        ("lease-room-negative", lease(-1, 64), "a room before the memory's start"),
        ("lease-room-less", lease(64, -1), "a room of fewer than no bytes"),
        ("lease-room-overflow", lease((1 << 63) - 1, 1), "a room that ends beyond the largest number"),
        ("goodbye-long", frame(8, b"!"), "a goodbye with something behind it"),
        ("batch-no-tensors", batch(), "a batch of nothing"),
        ("batch-4-tensors", batch(*[tensor(0, 0, (0,))] * 4), "more tensors than there are roles"),
        ("batch-count-max", batch(tensor(0, 0, (0,)), count=0xFFFFFFFF), "four thousand million tensors"),
        ("batch-no-inputs", batch(tensor(1, 0, (1,)), payload=b"\0"), "targets only"),
        ("batch-twice", batch(tensor(0, 0, (1,)), tensor(0, 0, (1,)), payload=bytes(2)), "inputs twice"),
        ("batch-order", batch(tensor(1, 0, (1,)), tensor(0, 0, (1,)), payload=bytes(2)), "targets before inputs"),
        ("batch-role", batch(tensor(3, 0, (1,)), payload=b"\0"), "there is no role 3"),
        ("batch-dtype", batch(tensor(0, 11, (1,)), payload=b"\0"), "there is no element type 11"),
        ("batch-33-axes", batch(tensor(0, 0, (1,) * 33), payload=b"\0"), "an axis more than is allowed"),
        ("batch-axes-beyond", batch(tensor(0, 0, (1,), rank=32), payload=b"\0"), "more axes than are described"),
        ("batch-negative", batch(tensor(0, 0, (-1,)), payload_length=(1 << 64) - 1), "a negative extent"),
        ("batch-two-negative", batch(tensor(0, 0, (-1, -1)), payload=b"\0"), "two negative extents"),
        ("batch-overflow", batch(tensor(0, 0, (1 << 32, 1 << 32)), payload_length=0), "extents that wrap to 0"),
        ("batch-bytes-overflow", batch(tensor(0, 10, (1 << 61,)), payload_length=0), "bytes that wrap to 0"),
        ("batch-over-limit", batch(tensor(0, 0, ((4 << 30) + 1,)), payload_length=(4 << 30) + 1),
         "a byte more than is allowed"),
        ("batch-payload-short", batch(tensor(0, 9, (2,)), payload=bytes(7)), "a payload of another length"),
        ("batch-payload-cut", batch(tensor(0, 9, (2,)), payload=bytes(7), payload_length=8), "one that breaks off"),
        ("batch-long", batch(tensor(0, 0, (1,)), payload=b"\0", rest=b"\0"), "a byte behind the last tensor"),
        ("roomed-payload", roomed(tensor(0, 0, (1,)), payload=b"\0"), "a room, and the elements in the pipe as well"),
        ("roomed-no-tensors", roomed(), "nothing, in a room"),
        ("roomed-no-inputs", roomed(tensor(1, 0, (1,))), "targets only, in a room"),
        ("roomed-twice", roomed(tensor(0, 0, (1,)), tensor(0, 0, (1,))), "inputs twice, in a room"),
        ("roomed-negative", roomed(tensor(0, 0, (-64,))), "a negative extent, in a room"),
        ("roomed-overflow", roomed(tensor(0, 0, (1 << 32, 1 << 32))), "extents that wrap to 0, in a room"),
        ("roomed-over-limit", roomed(tensor(0, 0, ((4 << 30) + 1,))), "a byte more than is allowed, in a room"),
        ("roomed-long", roomed(tensor(0, 0, (1,)), rest=b"\0"), "a byte behind the last tensor, in a room"),
        ("failure-short", frame(7, bytes(15)), "a failure without its last number"),
    ],
}

for kind, frames in FRAMES.items():
    for name, content, note in frames:
        put(f"frames/{kind}/{name}.frame", content, note)

# index.json of the MDS format


def entry(names=("x", "y"), encodings=("ndarray:uint8:2", "int"), sizes=(2, 8), samples=3, compression=None, zip=None,
          raw=None, hashes=(), **more):
    return {
        "column_encodings": list(encodings), "column_names": list(names), "column_sizes": list(sizes),
        "compression": compression, "format": "mds", "hashes": list(hashes),
        "raw_data": raw or {"basename": "shard.00000.mds", "bytes": 100, "hashes": {}}, "samples": samples,
        "size_limit": 1 << 26, "version": 2, "zip_data": zip, **more}


def file(name="shard.00000.mds", size=100, hashes=None):
    return {"basename": name, "bytes": size, "hashes": hashes or {}}


def index(*shards, **more):
    return json.dumps({"shards": list(shards), "version": 2, **more}, sort_keys=True).encode()


def without(key):
    shard = entry()
    del shard[key]
    return index(shard)


GOOD = index(entry())
ALL = ["bytes", "str", "int", "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64", "float16",
       "float32", "float64", "str_int", "str_float", "str_decimal", "ndarray", "ndarray:int16", "ndarray:float32:2,3",
       "jpeg", "png", "json"]
SIZES = [None, None, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 4, 8, None, None, None, None, None, 24, None, None, None]
INDEXES = {
    "valid": [
        ("one", GOOD, "one shard"),
        ("none", index(), "no shard"),
        ("every-encoding", index(entry([f"c{n}" for n in range(len(ALL))], ALL, SIZES, raw=file(size=1 << 20))),
         "every encoding"),
        ("packed", index(entry(compression="zstd:3", zip=file("a.zstd", 50)),
                         entry(compression="gz", zip=file("b.gz", 50))), "compressed shards"),
        ("hashed", index(entry(hashes=["xxh64", "sha1"], raw=file(hashes={"xxh64": "AB" * 8, "sha1": "0" * 40}))),
         "hashes"),
        ("unknown-keys", index(entry(future=[1, {"a": None}]), more=True), "what a later writer might add"),
        ("names", index(entry(["\u00fc\U0001f600", "\"\\\n"], raw=file("part/\u00e9.mds"))), "names with escapes"),
        ("no-samples", index(entry(samples=0, raw=file(size=8))), "a shard of no samples"),
        ("spaces", GOOD.replace(b" ", b"\n\t  "), "other white space"),
    ],
    "malformed": [
        ("empty", b"", "no bytes"),
        ("cut", GOOD[:-20], "the end is missing"),
        ("list", b"[]", "no object"),
        ("nested", b"[" * 2000, "brackets without end"),
        ("nested-edge", b"[" * 513, "the end where Foundation's parser would be too deep: it traps"),
        ("nested-512", GOOD[:-1] + b',"a":' + b"[" * 511 + b"]" * 511 + b"}", "closed at that depth"),
        ("nested-object", b'{"shards":' * 600 + b"1" + b"}" * 600, "objects within objects"),
        ("nested-ignored", GOOD[:-1] + b',"a":' + b"[" * 600 + b"]" * 600 + b"}", "the same where nobody looks"),
        ("not-utf8", GOOD.replace(b'"x"', b'"\xff"'), "a name that is not UTF-8"),
        ("surrogate", GOOD.replace(b'"x"', b'"\\ud800"'), "half a character"),
        ("comma", GOOD.replace(b", ", b",, ", 1), "a comma too many"),
        ("nan", GOOD.replace(b'"samples": 3', b'"samples": NaN'), "not a number"),
        ("behind", GOOD + b"{}", "two texts in one"),
        ("version", index(entry(), version=3), "a later version"),
        ("shard-version", index(entry(version=1)), "a shard of an earlier version"),
        ("format", index(entry(format="jsonl")), "another format"),
        *[(f"no-{key}", without(key), f"without `{key}`") for key in
          ["version", "format", "hashes", "column_names", "column_encodings", "column_sizes", "samples", "raw_data"]],
        ("samples-negative", index(entry(samples=-1)), "fewer than no samples"),
        ("samples-fraction", index(entry(samples=1.5)), "one and a half samples"),
        ("samples-text", index(entry(samples="3")), "a number as text"),
        ("samples-huge", GOOD.replace(b'"samples": 3', b'"samples": 9223372036854775808'), "more than 63 bits"),
        ("samples-exponent", GOOD.replace(b'"samples": 3', b'"samples": 1e400'), "more than a double holds"),
        ("samples-beyond-bytes", index(entry(samples=25)), "more samples than offsets fit in"),
        ("bytes-negative", index(entry(raw=file(size=-1))), "a file of less than nothing"),
        ("bytes-huge", index(entry(raw=file(size=1 << 32))), "a shard beyond 4 GiB"),
        ("outside", index(entry(raw=file("../shard.mds"))), "a file outside the folder"),
        ("root", index(entry(raw=file("/etc/passwd"))), "a file from the root"),
        ("dot", index(entry(raw=file("a/./b"))), "a roundabout name"),
        ("zero", index(entry(raw=file("a\0b"))), "a zero byte in a name"),
        ("nameless", index(entry(raw=file(""))), "no name"),
        ("columns-none", index(entry([], [], [])), "no columns"),
        ("columns-uneven", index(entry(["x"])), "fewer names than encodings"),
        ("columns-twice", index(entry(["x", "x"])), "a name twice"),
        ("column-size", index(entry(sizes=[3, 8])), "a size that is not the encoding's"),
        ("column-size-null", index(entry(sizes=[None, 8])), "no size where there is one"),
        ("column-pickle", index(entry(encodings=["pkl", "int"], sizes=[None, 8])), "code that reading would run"),
        ("column-unknown", index(entry(encodings=["tensor", "int"])), "an encoding nobody knows"),
        ("column-shape", index(entry(encodings=["ndarray:uint8:4294967296,4294967296", "int"], sizes=[0, 8])),
         "a shape whose product wraps to 0"),
        ("column-shape-negative", index(entry(encodings=["ndarray:uint8:-1", "int"], sizes=[1, 8])), "a negative one"),
        ("column-shape-text", index(entry(encodings=["ndarray:uint8:2,", "int"])), "an extent without digits"),
        ("column-dtype", index(entry(encodings=["ndarray:complex64:2", "int"], sizes=[16, 8])), "a type nobody knows"),
        ("compression", index(entry(compression="br:11", zip=file("a.br", 50))), "a compression nobody knows"),
        ("compression-level", index(entry(compression="zstd:23", zip=file("a.zstd", 50))), "a level there is not"),
        ("compression-no-file", index(entry(compression="zstd")), "compressed, and no compressed file"),
        ("file-no-compression", index(entry(zip=file("a.zstd", 50))), "the other way round"),
        ("bomb-gz", index(entry(compression="gz", raw=file(size=1 << 30), zip=file("a.gz", 1000))),
         "more than deflate can unpack to"),
        ("bomb-zstd", index(entry(compression="zstd", raw=file(size=1 << 31), zip=file("a.zstd", 1000))),
         "more than zstd can"),
        ("hash-number", index(entry(raw=file(hashes={"xxh64": 7}))), "a hash that is a number"),
    ],
}

for kind, indexes in INDEXES.items():
    for name, content, note in indexes:
        put(f"indexes/{kind}/{name}.json", content, note)

# Shards: a dataset for each kind, of one shard a case, so that the index says what each file should have been


def shard(samples, header=b"{}", count=None, offsets=None, rest=b""):
    start = 4 + 4 * (len(samples) + 1) + len(header)
    if offsets is None:
        offsets = [start]
        for sample in samples:
            offsets.append(offsets[-1] + len(sample))
    count = len(samples) if count is None else count
    return struct.pack("<I", count) + struct.pack(f"<{len(offsets)}I", *offsets) + header + b"".join(samples) + rest


def text(*values, sizes=None):
    sizes = sizes or [len(value) for value in values]
    return struct.pack(f"<{len(sizes)}I", *sizes) + b"".join(values)


def zstd(content, size=None, last=1, checksum=0):
    """A frame with its content as it is, in one block."""
    descriptor = 0b10100000 | checksum << 2  # the size in four bytes, one segment
    return struct.pack("<IBI", 0xFD2FB528, descriptor, len(content) if size is None else size) + struct.pack(
        "<I", len(content) << 3 | last)[:3] + content


NUMBERS = [bytes([n, n + 1]) + struct.pack("<q", n) for n in range(3)]
TEXTS = [text("a".encode(), "word\u00fc".encode()), text(b"", b""), text(b"two words", b"x")]
GOOD_NUMBERS, GOOD_TEXTS = shard(NUMBERS), shard(TEXTS)
ZIPPED = gzip.compress(GOOD_NUMBERS, mtime=0)
RLE = struct.pack("<IBI", 0xFD2FB528, 0xA0, len(GOOD_NUMBERS)) + struct.pack(
    "<I", len(GOOD_NUMBERS) << 3 | 0b11)[:3] + b"\0"
NUMBER_COLUMNS = (["x", "y"], ["ndarray:uint8:2", "int"], [2, 8])
TEXT_COLUMNS = (["s", "t"], ["str", "str"], [None, None])
ODD_COLUMNS = (["a", "d"], ["ndarray", "str_decimal"], [None, None])
START = 4 + 4 * 4 + 2  # of the first sample, after three offsets and one, and the header


def array(code, rank, extents=b"", elements=b"", decimal=b"1.5"):
    """A value of `ndarray`: type, number of axes with the width of an extent (one byte), extents, elements."""
    return shard([text(bytes([code, rank << 2]) + extents + elements, decimal)])


SHARDS = [
    ("numbers", NUMBER_COLUMNS, None, 3, [
        ("valid", "alike", GOOD_NUMBERS, "samples of one length"),
        ("valid", "no-header", shard(NUMBERS, b""), "no header"),
        ("valid", "header-not-utf8", shard(NUMBERS, b"\xff\xfe"), "a header that is not text, which nobody needs"),
        ("malformed", "empty", b"", "no bytes"),
        ("malformed", "count-cut", GOOD_NUMBERS[:3], "not even the count"),
        ("malformed", "offsets-cut", GOOD_NUMBERS[:19], "offsets that break off"),
        ("malformed", "cut", GOOD_NUMBERS[:-1], "the last byte is missing"),
        ("malformed", "long", GOOD_NUMBERS + b"\0", "a byte too many"),
        ("malformed", "count-more", shard(NUMBERS, count=4), "a sample more than the index says"),
        ("malformed", "count-max", shard(NUMBERS, count=0xFFFFFFFF), "as many as fit in a number"),
        ("malformed", "offset-first", shard(NUMBERS, offsets=[0, START + 10, START + 20, START + 30]),
         "a first sample within the offsets"),
        ("malformed", "offset-descending", shard(NUMBERS, offsets=[START, START + 20, START + 10, START + 30]),
         "offsets that go back"),
        ("malformed", "offset-beyond", shard(NUMBERS, offsets=[START, START + 10, START + 20, 0xFFFFFFFF]),
         "an offset beyond the file"),
        ("malformed", "offset-odd", shard(NUMBERS, offsets=[START, START + 9, START + 20, START + 30]),
         "a sample a byte too short"),
    ]),
    ("texts", TEXT_COLUMNS, None, 3, [
        ("valid", "texts", GOOD_TEXTS, "samples of different lengths"),
        ("malformed", "sizes-short", shard([text(b"ab", b"c", sizes=[1, 1])] + TEXTS[1:]), "sizes below the length"),
        ("malformed", "sizes-long", shard([text(b"ab", b"c", sizes=[2, 2])] + TEXTS[1:]), "sizes beyond the length"),
        ("malformed", "sizes-max", shard([text(b"ab", b"c", sizes=[0xFFFFFFFF, 0xFFFFFFFF])] + TEXTS[1:]),
         "sizes of four gigabytes"),
        ("malformed", "sizes-missing", shard([b"\0\0\0"] + TEXTS[1:]), "a sample too short for its sizes"),
        ("malformed", "not-utf8", shard([text(b"\xff", b"")] + TEXTS[1:]), "text that is not UTF-8"),
    ]),
    ("odd", ODD_COLUMNS, None, 1, [
        ("valid", "array", array(8, 2, bytes([2, 2]), bytes(4)), "an array of uint8, (2, 2), and a decimal"),
        ("malformed", "array-empty", shard([text(b"", b"1")]), "an array of no bytes"),
        ("malformed", "array-type", array(200, 1, b"\1", b"\0"), "a type there is not"),
        ("malformed", "array-extents", array(8, 9), "extents that are missing"),
        ("malformed", "array-short", array(8, 1, b"\4", b"\0"), "elements that are missing"),
        ("malformed", "array-long", array(8, 1, b"\1", b"\0\0"), "an element too many"),
        ("valid", "decimal", array(8, 1, b"\1", b"\0", b"one"), "a decimal that is none, which matters to tensors"),
        ("valid", "decimal-empty", array(8, 1, b"\1", b"\0", b""), "a decimal of no digits, likewise"),
    ]),
    ("zstd", NUMBER_COLUMNS, "zstd", 3, [
        ("valid", "stored", zstd(GOOD_NUMBERS), "one block as it is"),
        ("valid", "frames", zstd(GOOD_NUMBERS[:30]) + zstd(GOOD_NUMBERS[30:]), "two frames for one file"),
        ("malformed", "magic", b"\0" + zstd(GOOD_NUMBERS)[1:], "another magic"),
        ("malformed", "cut", zstd(GOOD_NUMBERS)[:-1], "the last byte is missing"),
        ("malformed", "long", zstd(GOOD_NUMBERS) + b"\0", "a byte behind the frame"),
        ("malformed", "size-more", zstd(GOOD_NUMBERS, size=len(GOOD_NUMBERS) + 1), "a size beyond the content"),
        ("malformed", "size-max", zstd(GOOD_NUMBERS, size=0xFFFFFFFF), "a size of four gigabytes"),
        ("malformed", "not-last", zstd(GOOD_NUMBERS, last=0), "a block that is not the last and has none behind it"),
        ("malformed", "checksum", zstd(GOOD_NUMBERS, checksum=1) + bytes(4), "a wrong checksum"),
        ("malformed", "repeated", RLE, "zeros as long as the shard"),
        ("malformed", "window", struct.pack("<IBB", 0xFD2FB528, 0, 0xFF) + struct.pack("<I", 1)[:3],
         "a window of terabytes"),
    ]),
    ("gz", NUMBER_COLUMNS, "gz", 3, [
        ("valid", "deflated", ZIPPED, "as gzip writes it"),
        ("valid", "named", ZIPPED[:3] + b"\x08" + ZIPPED[4:10] + b"name\0" + ZIPPED[10:], "with a file name"),
        ("valid", "members", gzip.compress(GOOD_NUMBERS[:30], mtime=0) + gzip.compress(GOOD_NUMBERS[30:], mtime=0),
         "two members, which are one file"),
        ("malformed", "cut", ZIPPED[:-9], "broken off within the data"),
        ("malformed", "trailer-cut", ZIPPED[:-1], "broken off within the length"),
        ("malformed", "checksum", ZIPPED[:-8] + bytes(4) + ZIPPED[-4:], "a wrong checksum"),
        ("malformed", "length", ZIPPED[:-4] + bytes(4), "a wrong length"),
        ("malformed", "magic", b"\x1f\x8c" + ZIPPED[2:], "another magic"),
        ("malformed", "block", ZIPPED[:10] + b"\x07" + ZIPPED[11:], "a block of a kind there is not"),
        ("malformed", "other", gzip.compress(GOOD_NUMBERS + b"\0", mtime=0), "a byte more than the index says"),
        ("malformed", "name-endless", ZIPPED[:3] + b"\x08" + ZIPPED[4:10] + b"n" * 20, "a file name without an end"),
    ]),
]

for name, columns, compression, count, shards in SHARDS:
    entries = []
    for kind, case, content, note in shards:
        basename = f"{kind}-{case}.mds"
        put(f"shards/{name}/{basename}", content, note)
        good = {"odd": len(content)}.get(name, len(GOOD_TEXTS if name == "texts" else GOOD_NUMBERS))
        if compression:
            entries.append(entry(*columns, count, compression, file(basename, max(1, len(content))),
                                 file(f"{kind}-{case}.raw", good)))
        else:
            # As large as the file, so that it is the shard that is refused, and no less than offsets take.
            entries.append(entry(*columns, count, raw=file(basename, max(len(content), 4 + 4 * (count + 1)))))
    (HERE / f"shards/{name}/index.json").write_bytes(index(*entries))

lines = ["# The corpus of the fuzz tests", "",
         "Made by `make_corpus.py`, which says what each file is; this list is made by it, too. `FrameFuzzTests` and",
         "`ShardFuzzTests` replay the files as they are, valid ones to be read and malformed ones to be refused by an",
         "error, and mutate them. Each folder of shards has the index by which its files are read.", "",
         "| file | bytes | what it is |", "|---|---|---|"]
lines += [f"| {path} | {size} | {note} |" for path, size, note in notes]
(HERE / "README.md").write_text("\n".join(lines) + "\n")
