"""What is installed, by what, and when it is not installed again."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from runner import gate, install, layout, pages, stamps
from runner.console import Stop


@pytest.mark.parametrize(
    ("system", "machine", "has_driver", "build"),
    [
        ("Linux", "x86_64", False, "cpu"),
        ("Linux", "x86_64", True, "cuda"),
        ("Linux", "aarch64", False, "plain"),
        ("Linux", "aarch64", True, "plain"),
        ("Darwin", "arm64", False, "plain"),
    ],
)
def test_tensorflow_fits_the_machine(system: str, machine: str, has_driver: bool, build: str) -> None:
    assert install.tensorflow_build({}, system, machine, has_driver) == build


def test_a_wish_for_a_tensorflow_wins() -> None:
    assert install.tensorflow_build({"GLYPHSMITH_TENSORFLOW": "cpu"}, "Linux", "x86_64", has_driver=True) == "cpu"


def test_an_unknown_wish_for_a_tensorflow_is_refused() -> None:
    with pytest.raises(Stop, match="cpu, cuda or plain"):
        install.tensorflow_build({"GLYPHSMITH_TENSORFLOW": "gpu"}, "Linux", "x86_64", has_driver=True)


def test_every_build_has_its_pinned_requirements() -> None:
    for build in install.ROOM:
        for file in install._requirement_files(build):
            assert "--hash=sha256:" in file.read_text()


@pytest.mark.parametrize("file", sorted(layout.ROOT.glob("requirements*.txt")), ids=lambda file: file.name)
def test_no_requirement_names_a_registry(file: Path) -> None:
    assert "://" not in file.read_text()


def test_pips_configuration_is_read_with_the_environment_above_the_file() -> None:
    said = (
        ":env:.index-url='https://here.example/simple'\n"
        "global.index-url='https://there.example/simple'\n"
        "install.find-links='/wheels'\n"
        "global.find-links='/other'\n"
        "list.format='columns'\n"
    )
    assert install.parse_pip_configuration(said) == {
        "index-url": "https://here.example/simple",
        "find-links": "/wheels",
    }


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ({}, {}),
        ({"index-url": "https://a.example/simple"}, {"UV_DEFAULT_INDEX": "https://a.example/simple"}),
        (
            {"extra-index-url": "file:///a file:///b"},
            {"UV_INDEX": "file:///a file:///b", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
        ({"find-links": "/a /b"}, {"UV_FIND_LINKS": "/a,/b"}),
        ({"cert": "/ca.pem", "timeout": "60"}, {"SSL_CERT_FILE": "/ca.pem"}),
        ({"client-cert": "/me.pem"}, None),
        ({"only-binary": ":all:", "index-url": "https://a.example"}, None),
    ],
)
def test_uv_is_told_what_pip_was_told_or_left_alone(pip: dict[str, str], uv: dict[str, str] | None) -> None:
    assert install.uv_environment(pip) == uv


def test_a_stamp_is_fresh_until_an_input_or_a_fact_changes(tmp_path: Path) -> None:
    source, stamp = tmp_path / "source", tmp_path / "build" / "stamp.json"
    source.write_text("a")
    assert not stamps.is_fresh(stamp, stamps.digest([source], "node 20"))
    stamps.write(stamp, stamps.digest([source], "node 20"))
    assert stamps.is_fresh(stamp, stamps.digest([source], "node 20"))
    assert not stamps.is_fresh(stamp, stamps.digest([source], "node 24"))
    source.write_text("b")
    assert not stamps.is_fresh(stamp, stamps.digest([source], "node 20"))
    source.unlink()
    assert not stamps.is_fresh(stamp, stamps.digest([source], "node 20"))


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"other": 1}'])
def test_a_damaged_stamp_is_not_fresh(tmp_path: Path, damage: str) -> None:
    (tmp_path / "stamp").write_text(damage)
    assert not stamps.is_fresh(tmp_path / "stamp", "x")


def test_pages_are_built_again_when_a_source_changes_and_not_for_what_a_build_writes(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "app.tsx").write_text("one")
    before = pages.sources_digest(tmp_path)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").write_text("built")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "left-pad.js").write_text("")
    assert pages.sources_digest(tmp_path) == before
    (tmp_path / "src" / "app.tsx").write_text("two")
    assert pages.sources_digest(tmp_path) != before


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, None),
        ({"PIP_CERT": "/ca.pem"}, "/ca.pem"),
        ({"SSL_CERT_FILE": "/b.pem"}, "/b.pem"),
        ({"SSL_CERT_FILE": "/b.pem", "NODE_EXTRA_CA_CERTS": "/node.pem"}, "/node.pem"),
    ],
)
def test_npm_trusts_the_certificates_python_was_told_about(told: dict[str, str], expected: str | None) -> None:
    found = pages.npm_environment({"PATH": "/usr/bin", **told}, Path("/opt/node/bin"), home_is_writable=True)
    assert found.get("NODE_EXTRA_CA_CERTS") == expected
    assert found["PATH"] == "/opt/node/bin:/usr/bin"


@pytest.mark.parametrize(
    ("version", "fits"),
    [((18, 20), False), ((20, 18), False), ((20, 19), True), ((21, 7), False), ((22, 11), False), ((22, 12), True)],
)
def test_a_node_that_cannot_build_the_pages_is_passed_over(version: tuple[int, int], fits: bool) -> None:
    assert pages.fits(version) == fits


def test_a_node_that_is_not_there_has_no_version(tmp_path: Path) -> None:
    assert pages.node_version(tmp_path) == (0, 0)
    (tmp_path / "node").write_text("#!/bin/sh\necho v22.14.1\n")
    (tmp_path / "node").chmod(0o755)
    assert pages.node_version(tmp_path) == (22, 14)


def test_npm_keeps_its_cache_in_the_checkout_where_the_home_folder_cannot_be_written() -> None:
    found = pages.npm_environment({}, Path("/opt/node/bin"), home_is_writable=False)
    assert found["npm_config_cache"] == str(layout.BUILD / "npm-cache")


@pytest.mark.parametrize("file", ["platform/runner/interpreter.py", "platform/runner/__init__.py"])
def test_an_old_python_can_read_the_file_that_tells_it_that_it_is_old(file: str) -> None:
    ast.parse((layout.ROOT / file).read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("script", ["server", "test", "manage", "lock"])
def test_an_old_python_can_read_the_scripts(script: str) -> None:
    ast.parse((layout.ROOT / "script" / script).read_text(), feature_version=(3, 7))


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 0), (3, 14, 0)])
def test_a_python_that_does_not_fit_says_so_in_sentences(version: tuple[int, int, int]) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(layout.PLATFORM)!r}); sys.version_info = {version}\n"
        "from runner import interpreter; interpreter.require_supported(); print('went on')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"needs Python 3.11 to 3.13, and this is Python 3.{version[1]}" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("script", ["server", "test", "lock"])
def test_every_script_explains_itself(script: str) -> None:
    command = [sys.executable, str(layout.ROOT / "script" / script), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"usage: script/{script}" in done.stdout


def test_an_unknown_check_is_answered_with_the_known_ones() -> None:
    assert {"python", "frontend", "journeys", "lint", "types", "engine", "sqlite", "postgres"} <= set(gate.names())


def test_words_that_no_test_answers_to_are_no_failure_but_an_empty_check_is(tmp_path: Path) -> None:
    empty = tmp_path / "test_nothing.py"
    empty.write_text("")
    options = [str(empty), "-c", str(layout.ROOT / "pyproject.toml")]
    assert gate.pytest("sqlite", options, ["-k", "nothing"])
    assert not gate.pytest("sqlite", options, [])


def test_the_summary_counts_what_failed() -> None:
    lint, types = gate.checks()[0], gate.checks()[1]
    text = gate.summary([gate.Result(lint, True, 1.0), gate.Result(types, False, 61.0)])
    assert "python: lint            ok      1.0 s" in text
    assert "FAILED  1 min 1 s" in text
    assert "1 of 2 checks passed in 1 min 2 s" in text


def test_a_generated_file_out_of_date_fails_with_its_difference(capsys: pytest.CaptureFixture[str]) -> None:
    fresh = layout.BUILD / "test-fresh.txt"
    fresh.parent.mkdir(exist_ok=True)
    try:
        fresh.write_text("not this\n")
        assert not gate.same(layout.ROOT / ".ci" / "run", fresh, "script/remedy")
        said = capsys.readouterr().out
        assert "-exec script/test" in said
        assert "script/remedy" in said
        fresh.write_text((layout.ROOT / ".ci" / "run").read_text())
        assert gate.same(layout.ROOT / ".ci" / "run", fresh, "script/remedy")
    finally:
        fresh.unlink()
