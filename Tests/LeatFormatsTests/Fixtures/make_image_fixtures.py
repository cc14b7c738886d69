"""Writes the images in images/ with Pillow, and what Pillow reads from them. Made with Pillow 13.0.

`pip install pillow numpy`, then `python3 make_image_fixtures.py`.
"""

import pathlib

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).parent / "images"
FOLDER.mkdir(exist_ok=True)
HEIGHT, WIDTH = 13, 18

y, x = np.mgrid[:HEIGHT, :WIDTH]
color = np.stack([x * 13, y * 19, 255 - (x + y) * 8], -1).astype("uint8")
gray = ((x * 7 + y * 5) % 256).astype("uint8")


def save(name, image, **options):
    image.save(FOLDER / name, **options)
    read = Image.open(FOLDER / name)
    np.save(FOLDER / f"{name}.npy", np.asarray(read.convert("RGB")))


save("color.jpg", Image.fromarray(color), quality=90)
save("color_progressive.jpg", Image.fromarray(color), quality=70, progressive=True, subsampling=0)
save("gray.jpg", Image.fromarray(gray), quality=90)
save("color.png", Image.fromarray(color))
save("gray.png", Image.fromarray(gray))
save("opacity.png", Image.fromarray(np.concatenate([color, gray[..., None]], -1)))
save("palette.png", Image.fromarray(color).quantize(7))
save("bits.png", Image.fromarray(gray > 90))
Image.fromarray((gray.astype("uint16") * 257 + 3)).save(FOLDER / "gray16.png")
np.save(FOLDER / "gray16.png.npy", (gray.astype("uint16") * 257 + 3)[..., None])
np.save(FOLDER / "color.png.gray.npy", np.asarray(Image.fromarray(color).convert("L"))[..., None])
Image.fromarray(np.concatenate([color, gray[..., None]], -1), "CMYK").save(FOLDER / "cmyk.jpg")
