"""Writes the files in hdf5/ with h5py: `pip install h5py`, then `python3 make_hdf5_fixtures.py`. Made with h5py 3.16."""

import pathlib

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).parent / "hdf5"
FOLDER.mkdir(exist_ok=True)

with h5py.File(FOLDER / "plain.h5", "w") as file:
    for dtype in "uint8 int8 uint16 int16 uint32 int32 uint64 int64 float16 float32 float64".split():
        values = np.arange(6) if dtype.startswith("u") else np.arange(6) - 3
        file.create_dataset(f"types/{dtype}", data=values.reshape(3, 2).astype(dtype))
    file.create_dataset("types/big_endian", data=np.arange(6).reshape(3, 2).astype(">i4"))
    file.create_dataset("types/bool", data=np.array([True, False, True]))
    file.create_dataset("types/text", data=["é", "", "three"], dtype=h5py.string_dtype())
    file.create_dataset("types/bytes", data=np.array([b"abc", b"", b"de"]))
    file["types"].attrs["names"] = ["a", "bé"]
    file["types"].attrs["one"] = "text"
    file["types"].attrs["number"] = 3

with h5py.File(FOLDER / "samples.h5", "w") as file:
    # Chunks that are compressed and shuffled, and rows that don't fill the last one.
    file.create_dataset(
        "x", data=np.arange(20 * 6, dtype="float32").reshape(20, 3, 2), chunks=(8, 3, 2), compression="gzip", shuffle=True)
    file.create_dataset("y", data=np.arange(20, dtype="int64") % 3)
    file.create_dataset("name", data=[f"n{i}" for i in range(20)], dtype=h5py.string_dtype())
    file.create_dataset("scale", data=2.5)

with h5py.File(FOLDER / "odd.h5", "w") as file:
    file.create_dataset("a", data=np.arange(3))
    file.create_dataset("b", data=np.arange(4))
    file.create_dataset("records", data=np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]))
    file.create_dataset("complex", data=np.zeros(2, "complex64"))
    # Nothing of it is stored, and a row would take more than anybody has.
    file.create_dataset("huge", shape=(2, 1 << 40), dtype="float64", chunks=(1, 1 << 10))
    file["loop/again"] = file["/"]
