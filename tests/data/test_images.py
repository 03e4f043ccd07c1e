from __future__ import annotations

import gc
import pickle
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import ExifTags, Image

from makd.data.images import ImageError, load_image, to_rgb


def difference(image: Image.Image, pixels: np.ndarray) -> int:
    assert image.mode == "RGB"
    assert np.asarray(image).shape == pixels.shape
    return int(np.abs(np.asarray(image).astype(int) - pixels).max())


def test_a_plain_picture_is_exact(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert difference(load_image(tmp_path / "a.png"), pixels) == 0


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, lambda p: p),
        (2, lambda p: p[:, ::-1]),
        (3, lambda p: p[::-1, ::-1]),
        (4, lambda p: p[::-1]),
        (6, lambda p: np.rot90(p)),
        (8, lambda p: np.rot90(p, -1)),
    ],
)
def test_a_turned_photograph_stands_upright(tmp_path, pixels, orientation, stored):
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored(pixels))).save(tmp_path / "a.jpg", quality=95, exif=exif)
    assert difference(load_image(tmp_path / "a.jpg"), pixels) <= 12


def test_damaged_exif_does_not_cost_the_picture(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=95, exif=b"Exif\0\0MM\0*\0\0\xff\xff\x01")
    assert difference(load_image(tmp_path / "a.jpg"), pixels) <= 12


def test_cmyk(tmp_path, pixels):
    Image.fromarray(pixels).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    assert difference(load_image(tmp_path / "a.jpg"), pixels) <= 20


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_16_bit_greys_are_scaled_not_clipped(tmp_path, suffix):
    grey = np.linspace(0, 65535, 256 * 4, dtype=np.uint16).reshape(4, 256)
    Image.fromarray(grey).save(tmp_path / f"a.{suffix}")
    wanted = np.repeat(np.round(grey / 257.0)[..., None], 3, axis=2)
    assert difference(load_image(tmp_path / f"a.{suffix}"), wanted) <= 1


def test_float_greys_are_stretched(tmp_path):
    Image.fromarray(np.array([[-1.0, 0.0, 1.0]], dtype=np.float32)).save(tmp_path / "a.tif")
    assert np.asarray(load_image(tmp_path / "a.tif"))[0, :, 0].tolist() == [0, 128, 255]


def test_palette_with_and_without_transparency(tmp_path, pixels):
    palette = Image.fromarray(pixels).quantize(32)
    palette.save(tmp_path / "a.png")
    assert difference(load_image(tmp_path / "a.png"), np.asarray(palette.convert("RGB"))) == 0
    index = int(np.asarray(palette)[0, 0])
    palette.save(tmp_path / "b.png", transparency=bytes([0 if i == index else 255 for i in range(32)]))
    wanted = np.asarray(palette.convert("RGB")).copy()
    wanted[np.asarray(palette) == index] = 255
    assert difference(load_image(tmp_path / "b.png"), wanted) == 0


def test_an_open_picture_comes_out_as_its_file_does_and_stays_as_it_is(tmp_path, pixels):
    turned = Image.Exif()
    turned[ExifTags.Base.Orientation] = 6
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=turned)
    Image.new("RGBA", (4, 2), (100, 0, 200, 51)).save(tmp_path / "b.png")
    Image.fromarray(np.arange(8, dtype=np.uint16).reshape(2, 4) * 9000).save(tmp_path / "c.tif")
    for path in sorted(tmp_path.iterdir()):
        with Image.open(path) as image:
            plain = image.copy()
            assert difference(to_rgb(image), np.asarray(load_image(path))) == 0, path
            assert image.mode == plain.mode
            assert np.array_equal(np.asarray(image), np.asarray(plain))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_lies_over_white(tmp_path, mode):
    value = {"RGBA": (100, 0, 200, 51), "LA": (100, 51)}[mode]
    Image.new(mode, (2, 2), value).save(tmp_path / "a.png")
    solid = value[:-1] if mode == "RGBA" else (100, 100, 100)
    wanted = np.broadcast_to([0.2 * v + 0.8 * 255 for v in solid], (2, 2, 3))
    assert difference(load_image(tmp_path / "a.png"), np.round(wanted).astype(int)) <= 1


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_of_an_animation_the_first_frame_counts(tmp_path, suffix):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    options = {"lossless": True} if suffix == "webp" else {}
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:], **options)
    assert load_image(tmp_path / f"a.{suffix}").getpixel((4, 4)) == (255, 0, 0)


def bomb(side: int) -> bytes:
    """A PNG of a few bytes whose header promises `side` x `side` pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    return start + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [11_000, 12_000, 40_000])
def test_a_decompression_bomb_is_refused(tmp_path, side):
    (tmp_path / "a.png").write_bytes(bomb(side))
    with pytest.raises(ImageError, match=r"a\.png: more than 120 million pixels"):
        load_image(tmp_path / "a.png")


def damaged(content: bytes) -> dict[str, tuple[bytes, str]]:
    return {
        "empty.jpg": (b"", "the file is empty"),
        "text.jpg": (b"I am a text file.\n", "not a picture in a known format"),
        "truncated.jpg": (content[: len(content) // 2], "the file is truncated"),
        "header.jpg": (content[:30], "the file is truncated"),
    }


@pytest.mark.parametrize("name", list(damaged(b"")))
def test_a_damaged_file_is_refused_with_its_reason(tmp_path, pixels, name):
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "jpeg")
    content, reason = damaged(buffer.getvalue())[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError) as caught:
        load_image(tmp_path / name)
    assert caught.value.reason == reason
    assert str(caught.value) == f"{tmp_path / name}: {reason}"
    gc.collect()  # an unclosed file would warn, and warnings are errors


@pytest.mark.parametrize("cut", [20, 60, 100])
def test_a_truncated_png_is_refused(tmp_path, pixels, cut):
    Image.fromarray(pixels).save(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:cut])
    with pytest.raises(ImageError):
        load_image(tmp_path / "a.png")


def test_missing_files_and_folders_are_refused(tmp_path):
    for path, reason in ((tmp_path / "none.jpg", "no such file"), (tmp_path, "a folder, not a file")):
        with pytest.raises(ImageError) as caught:
            load_image(path)
        assert caught.value.reason == reason


def test_random_damage_never_escapes_as_another_error(tmp_path, pixels):
    random = np.random.default_rng(0)
    for kind in ("jpeg", "png", "gif", "tiff", "webp", "bmp"):
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, kind)
        for _ in range(60):
            content = np.frombuffer(buffer.getvalue(), dtype=np.uint8).copy()
            content[random.integers(0, min(len(content), 400), 12)] = random.integers(0, 256, 12)
            (tmp_path / "a").write_bytes(content.tobytes())
            try:
                assert load_image(tmp_path / "a").mode == "RGB"
            except ImageError:
                continue


def test_a_large_photograph_may_come_out_smaller_but_never_too_small(tmp_path):
    Image.new("RGB", (1600, 1000), "teal").save(tmp_path / "a.jpg")
    assert load_image(tmp_path / "a.jpg").size == (1600, 1000)
    for enough in (100, 125, 126, 250, 251, 999, 1000, 2000):
        width, height = load_image(tmp_path / "a.jpg", at_least=enough).size
        assert height >= min(enough, 1000)
        assert width / height == pytest.approx(1.6, rel=0.02)
    assert load_image(tmp_path / "a.jpg", at_least=200).size == (400, 250)


def test_the_error_crosses_processes(tmp_path):
    error = pickle.loads(pickle.dumps(ImageError(tmp_path, "the file is empty")))
    assert (error.path, error.reason) == (tmp_path, "the file is empty")
