"""The download holds the bundle's subfolders too."""

import io
import zipfile
from pathlib import Path

from training import folders


def test_a_saved_model_is_in_the_download_as_it_lies_in_the_bundle(tmp_path: Path) -> None:
    files = {
        "bundle.json": b"{}",
        "saved_model/reader/saved_model.pb": b"graph",
        "saved_model/reader/variables/variables.data-00000-of-00001": bytes(3_000_000),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    pieces = list(folders.zipped(tmp_path, "plates-v1"))
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        assert {name: archive.read(f"plates-v1/{name}") for name in files} == files
    assert max(map(len, pieces)) < 1 << 21
