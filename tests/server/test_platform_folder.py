"""platform/ must stay a folder of packages: see docs/decisions/platform-folder.md."""

import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "platform"


def test_it_holds_packages_and_no_file_of_its_own() -> None:
    inside = [path for path in FOLDER.iterdir() if path.name != "__pycache__"]
    assert inside
    assert [path.name for path in inside if not path.is_dir()] == []
    assert [path.name for path in inside if not (path / "__init__.py").is_file()] == []


def test_its_packages_hide_no_module_of_the_standard_library() -> None:
    assert {path.name for path in FOLDER.iterdir()} & sys.stdlib_module_names == set()


def test_the_standard_librarys_platform_is_what_an_import_finds() -> None:
    assert Path(platform.__file__).parent != FOLDER
    program = "import platform; print(platform.system())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == platform.system()
