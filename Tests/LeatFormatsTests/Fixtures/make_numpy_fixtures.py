"""Writes the files in numpy/ with NumPy itself: `python3 make_numpy_fixtures.py`. Made with NumPy 2.4.6."""

import pathlib

import numpy as np

FOLDER = pathlib.Path(__file__).parent / "numpy"
FOLDER.mkdir(exist_ok=True)


def save(name, array, version=None):
    with open(FOLDER / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


# All element types: 0 to 5 less 3 where there are negative numbers.
for dtype in "uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64".split():
    values = np.arange(6) if dtype.startswith("u") else np.arange(6) - 3
    save(dtype, values.reshape(2, 3).astype(dtype))

cube = np.arange(24).reshape(2, 3, 4)
for dtype in ("int16", "float32", "float64"):
    save(f"{dtype}_big_endian", cube.astype(np.dtype(dtype).newbyteorder(">")))
save("fortran_order", np.asfortranarray(cube.astype("int32")))
save("fortran_order_big_endian", np.asfortranarray(cube.astype(">i8")))
save("fortran_order_vector", np.asfortranarray(np.arange(3, dtype="uint8")))
save("version_2", cube.astype("uint8"), version=(2, 0))
save("version_3", cube.astype("uint8"), version=(3, 0))
save("bool", np.array([True, False, True]))
save("scalar", np.float64(2.5))
save("no_rows", np.zeros((0, 3), "float32"))
save("unicode", np.array(["héllo", "", "日本語", "a\0b"]))
save("unicode_big_endian", np.array(["héllo", "x"]).astype(">U5"))
save("bytes", np.array([b"abc", b"", b"de"]))
save("text_matrix", np.array([["a", "b"], ["c", "d"]]))
save("records", np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]))
save("complex", np.zeros(2, "complex64"))
with open(FOLDER / "objects.npy", "wb") as file:
    np.save(file, np.array([[1], [2, 3]], dtype=object), allow_pickle=True)

arrays = {
    "x": np.arange(24, dtype="float32").reshape(4, 3, 2),
    "y": np.array([3, 1, 2, 0]),
    "name": np.array(["a", "bb", "", "dé"]),
    "objects": np.array([[1], [2, 3], [], [4]], dtype=object),
    "short": np.arange(3),
}
np.savez(FOLDER / "stored.npz", **arrays)
np.savez_compressed(FOLDER / "deflated.npz", **arrays)
np.savez(
    FOLDER / "ragged.npz",
    words=np.arange(6, dtype="int32"), words_offsets=np.array([0, 2, 3, 6]),
    blob=np.frombuffer(b"onethree", "uint8"), blob_offsets=np.array([0, 3, 3, 8]),
    image=np.arange(12, dtype="float32"), image_offsets=np.array([0, 4, 6, 12]),
    image_shapes=np.array([[2, 2], [1, 2], [2, 3]]),
    label=np.array([1, 0, 1], "uint8"),
)
np.savez(
    FOLDER / "splits.npz",
    x_train=np.arange(6, dtype="uint8").reshape(3, 2), y_train=np.arange(3, dtype="uint8"),
    x_test=np.arange(4, dtype="uint8").reshape(2, 2), y_test=np.arange(2, dtype="uint8"),
)
