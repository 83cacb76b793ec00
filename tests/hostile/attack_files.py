"""Small files that cost much to read, each made by code."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

from PIL import Image

from app.media import ffmpeg


def jpeg_of_empty_scans(scans: int = 3_000, side: int = 3_000) -> bytes:
    """A progressive JPEG with many scans that change nothing: each costs a pass over all pixels."""
    buffer = io.BytesIO()
    Image.new("L", (side, side), 128).save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    # The last scan is a refinement; as an empty one it has only runs of blocks without coefficients.
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * scans + b"\xff\xd9"


def jpeg_65535_by_1() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (65_500, 1)).save(buffer, "JPEG")
    return buffer.getvalue()


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose header states another size than its data have."""
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_with(*chunks: bytes, size: tuple[int, int] = (20, 20)) -> bytes:
    """A PNG with further chunks before its pixels."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, "PNG")
    data = buffer.getvalue()
    return data[:33] + b"".join(chunks) + data[33:]


def png_of_text_bombs(count: int = 40) -> bytes:
    """A PNG with compressed texts and a profile of 50 MB each."""
    bomb = zlib.compress(bytes(50 << 20), 9)
    texts = [png_chunk(b"zTXt", b"Title%d\x00\x00" % number + bomb) for number in range(count)]
    return png_with(png_chunk(b"iCCP", b"icc\x00\x00" + bomb), *texts)


def png_of_chunks(count: int = 400_000) -> bytes:
    return png_with(png_chunk(b"tEXt", b"") * count)


def png_claiming(width: int, height: int) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(bytes(10_000_000), 9))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + png_chunk(b"IEND", b"")


def tiff_of_shared_blobs(tags: int = 2_500, blob_bytes: int = 1 << 20) -> bytes:
    """A TIFF whose tags all refer to the same bytes; a reader of tags copies them for each."""
    blob_at, entries = 16, []
    for number, value in ((256, 16), (257, 16), (258, 8), (259, 1), (262, 1), (277, 1), (278, 16), (279, 256)):
        entries.append(struct.pack("<HHII", number, 4, 1, value))
    entries.insert(5, struct.pack("<HHII", 273, 4, 1, blob_at))
    entries += [struct.pack("<HHII", 40_000 + number, 7, blob_bytes, blob_at) for number in range(tags)]
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return b"II*\x00" + struct.pack("<I", blob_at + blob_bytes) + bytes(8) + bytes(blob_bytes) + directory


def exif_of_shared_blobs(tags: int = 2_000) -> bytes:
    """A JPEG whose EXIF tags share 60 KB."""
    entries = b"".join(struct.pack("<HHII", 1_000 + number, 7, 30_000, 8) for number in range(tags))
    exif = b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<H", tags) + entries + bytes(4 + 6_000)
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(buffer, "JPEG")
    data = buffer.getvalue()
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


def tiff_of_looped_directories() -> bytes:
    """A TIFF whose directory names itself as its follower and its subdirectory."""
    entries = struct.pack("<HHII", 256, 4, 1, 16) + struct.pack("<HHII", 257, 4, 1, 16)
    return b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", 3) + entries + struct.pack("<HHIII", 330, 4, 1, 8, 8)


def gif_of_frames(frames: int = 100_000) -> bytes:
    frame = b"!\xf9\x04\x04\x05\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HH", 1, 1) + b"\x80\x00\x00" + b"\xff\xff\xff\x00\x00\x00" + frame * frames + b";"


def gif_of_large_frames(frames: int = 9_000, side: int = 8_000) -> bytes:
    """A GIF whose canvas is large while each frame is one pixel."""
    return gif_of_frames(frames).replace(struct.pack("<HH", 1, 1), struct.pack("<HH", side, side), 1)


def webp_of_frames(frames: int = 50_000) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16)).save(
        buffer, "WEBP", save_all=True, append_images=[Image.new("RGB", (16, 16), "red")], duration=20
    )
    data = buffer.getvalue()
    start = data.index(b"ANMF")
    size = 8 + int.from_bytes(data[start + 4 : start + 8], "little")
    body = data[8:start] + data[start : start + size] * frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav_of_lying_header() -> bytes:
    """A WAV that states nearly 4 GB and a rate of one sample per second."""
    form = struct.pack("<HHIIHH", 1, 1, 1, 1, 1, 8)
    data = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", 0xFFFF_FF00) + bytes(5_000)
    return b"RIFF" + struct.pack("<I", 0xFFFF_FFF0) + data


def nested_boxes(depth: int = 20_000) -> bytes:
    """An MP4 of boxes inside boxes."""
    data = b""
    for _ in range(depth):
        data = struct.pack(">I4s", len(data) + 8, b"moov") + data if len(data) < 1 << 20 else data
    return struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom") + data


def mp4_of_packets(folder: Path, packets: int = 5_000_000, timescale: int = 1_000_000) -> bytes:
    """An MP4 whose sample tables state many packets of one byte in a few bytes (run lengths)."""
    clip = folder / "clip.mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=1")
    ffmpeg.run(ffmpeg.command("make a clip", *source, "-movflags", "+faststart", clip, limit_s=60))
    boxes = _replaced(clip.read_bytes(), packets, timescale)
    return boxes


def _replaced(boxes: bytes, packets: int, timescale: int) -> bytes:
    result = b""
    while len(boxes) >= 8:
        size, kind = struct.unpack(">I4s", boxes[:8])
        inside, boxes = boxes[8:size], boxes[size:]
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
            inside = _replaced(inside, packets, timescale)
        if kind == b"mdhd":
            inside = inside[:12] + struct.pack(">II", timescale, packets) + inside[20:]
        if kind == b"stts":
            inside = struct.pack(">IIII", 0, 1, packets, 1)
        if kind == b"stsz":
            inside = struct.pack(">III", 0, 1, packets)
        if kind == b"stsc":
            inside = struct.pack(">IIIII", 0, 1, 1, packets, 1)
        if kind == b"stco":
            inside = inside[:4] + struct.pack(">I", 1) + inside[8:12]
        if kind not in (b"ctts", b"stss", b"edts", b"udta"):
            result += struct.pack(">I4s", len(inside) + 8, kind) + inside
    return result


def avi_of_index(entries: int = 2_000_000) -> bytes:
    """An AVI whose index is larger than everything else."""
    stream = b"vidsMJPG" + struct.pack("<IHHIIIIIIIIHHHH", 0, 0, 0, 0, 1, 25, 0, 10, 0, 0, 0, 0, 0, 16, 16)
    form = struct.pack("<IiiHH4sIiiII", 40, 16, 16, 1, 24, b"MJPG", 768, 0, 0, 0, 0)
    header = struct.pack("<14I", 40_000, 0, 0, 0x10, 10, 0, 1, 0, 16, 16, 0, 0, 0, 0)
    lists = _riff_list(b"strl", _riff(b"strh", stream) + _riff(b"strf", form))
    frames = _riff_list(b"movi", _riff(b"00dc", b"\xff\xd8\xff\xd9"))
    index = struct.pack("<4sIII", b"00dc", 0x10, 4, 4) * entries
    return _riff(
        b"RIFF", b"AVI " + _riff_list(b"hdrl", _riff(b"avih", header) + lists) + frames + _riff(b"idx1", index)
    )


def _riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def _riff_list(kind: bytes, data: bytes) -> bytes:
    return _riff(b"LIST", kind + data)


def mkv_of_laces(blocks: int = 1_000) -> bytes:
    """A Matroska file of sound whose blocks each have 256 laced frames of one byte, and elements of padding."""
    header = _ebml(0x1A45DFA3, _ebml(0x4282, b"matroska"))
    info = _ebml(0x1549A966, _ebml(0x2AD7B1, struct.pack(">I", 1_000_000)))
    sound = _ebml(0xE1, _ebml(0xB5, struct.pack(">f", 48_000)) + _ebml(0x9F, b"\x01") + _ebml(0x6264, b"\x08"))
    track = _ebml(0xD7, b"\x01") + _ebml(0x73C5, b"\x01") + _ebml(0x83, b"\x02") + _ebml(0x86, b"A_PCM/INT/LIT") + sound
    tracks = _ebml(0x1654AE6B, _ebml(0xAE, track))
    laced = b"\x81\x00\x00\x04\xff" + bytes(256)
    block = _ebml(0xA3, laced) + _ebml(0xEC, b"") * 20
    cluster = _ebml(0x1F43B675, _ebml(0xE7, b"\x00") + block * blocks)
    return header + _ebml(0x18538067, info + tracks + cluster)


def _ebml(number: int, data: bytes) -> bytes:
    name = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return name + (len(data) | 1 << 56).to_bytes(8, "big") + data
