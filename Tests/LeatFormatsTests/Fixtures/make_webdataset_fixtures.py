"""Writes the archives in webdataset/ with webdataset itself and Python's tarfile. Made with webdataset 1.0.2.

`pip install webdataset numpy`, then `python3 make_webdataset_fixtures.py`.
"""

import io
import pathlib
import subprocess
import tarfile

import numpy as np
import webdataset as wds

FOLDER = pathlib.Path(__file__).parent / "webdataset"
FOLDER.mkdir(exist_ok=True)


def samples(count):
    for i in range(count):
        yield {
            "__key__": f"part.a/sample{i:04d}" if i % 2 else f"sample{i:04d}",
            "cls": i * 3,
            "txt": f"text {i} é",
            "json": {"n": i},
            "npy": np.arange(i + 1, dtype="float32").reshape(1, -1),
            "bin": bytes([i, 0, 255]),
        }


with wds.TarWriter(str(FOLDER / "plain.tar"), mtime=1) as writer:
    for sample in samples(5):
        writer.write(sample)
(FOLDER / "plain.tar.gz").unlink(missing_ok=True)
subprocess.run(["gzip", "-kn", FOLDER / "plain.tar"], check=True)
subprocess.run(["zstd", "-qf", FOLDER / "plain.tar"], check=True)


def add(archive, name, content, **attributes):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in attributes.items():
        setattr(info, key, value)
    archive.addfile(info, io.BytesIO(content))


# Everything that an archive may hold besides: folders, links, notes, long names, capital letters, no extension.
for name, form in (("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT), ("ustar", tarfile.USTAR_FORMAT)):
    with tarfile.open(FOLDER / f"{name}.tar", "w", format=form) as archive:
        add(archive, "__notes__/about.txt", b"skipped")
        add(archive, "folder/", b"", type=tarfile.DIRTYPE)
        add(archive, "folder/README", b"no extension")
        add(archive, "folder/.hidden.txt", b"no key")
        add(archive, "folder/a.b.TXT", b"first")
        add(archive, "folder/a.cls", b"7\n")
        add(archive, "folder/link.txt", b"", type=tarfile.SYMTYPE, linkname="a.b.txt")
        long = "deep/" * 25 + "n" * 90 if form != tarfile.USTAR_FORMAT else "deep/" * 20 + "n" * 40
        add(archive, long + ".b.txt", "schön".encode())
        add(archive, long + ".cls", b"-8")
        if form == tarfile.PAX_FORMAT:
            # A name that is not ASCII is written as an attribute.
            add(archive, "größe.b.txt", b"third")
            add(archive, "größe.cls", b"9")

with tarfile.open(FOLDER / "twice.tar", "w") as archive:
    add(archive, "a.txt", b"1")
    add(archive, "a.TXT", b"2")
with tarfile.open(FOLDER / "returning.tar", "w") as archive:
    for name in ("a.txt", "b.txt", "a.txt"):
        add(archive, name, name.encode())
with tarfile.open(FOLDER / "uneven.tar", "w") as archive:
    for name in ("a.txt", "a.cls", "b.txt"):
        add(archive, name, b"1")
