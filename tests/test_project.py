# SPDX-License-Identifier: GPL-2.0-or-later
"""The project itself: every tool sees every file, and what is shipped is what is tested."""

from __future__ import annotations

import importlib.metadata
import io
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import coverage
import grimp
import pytest
from click.testing import CliRunner
from mypy.main import process_options

import arledger
from arledger.cli.main import main
from scripts.matrix import lower_bounds

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).resolve().parent.parent
LEAVES = ("plugins", "cli")
SPDX = "# SPDX-License-Identifier: GPL-2.0-or-later"

# Beancount is GPL-2.0-only: what we require must be allowed together with it.
LICENCES = {
    "attrs": "MIT",
    "babel": "BSD-3-Clause",
    "beancount": "GPL-2.0-only",
    "charset-normalizer": "MIT",
    "click": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "lxml": "BSD-3-Clause",
    "mt-940": "BSD-3-Clause",
    "numpy": "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
    "openpyxl": "MIT",
    "platformdirs": "MIT",
    "python-calamine": "MIT",
    "rapidfuzz": "MIT",
    "rich": "MIT",
    "scipy": "BSD-3-Clause",
}
# What is not required by anything that we ship: extras and tools. Permissive, or as free as we are.
EXTRAS = {
    "duckdb": "MIT",
    "pre-commit": "MIT",
    "pyarrow": "Apache-2.0",
}
COMPATIBLE = {
    "0BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "MIT",
    "MPL-2.0",
    "Zlib",
}
BY_CLASSIFIER = {"MIT License": "MIT", "BSD License": "BSD-3-Clause"}


def project() -> dict[str, Any]:
    """The settings of the project and of its tools."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def git(*arguments: str) -> str:
    """What git says of the checkout, whoever owns it."""
    command = ["git", "-c", "safe.directory=*", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


@cache
def tracked() -> tuple[Path, ...]:
    """The files a commit holds or would hold, relative to the root."""
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = (Path(name) for name in listed.split("\0") if name)
    return tuple(sorted(name for name in names if os.path.lexists(ROOT / name)))


def sources() -> set[str]:
    """The Python files of the library and its leaves, each under its real name."""
    files = (path for folder in ("arledger", *LEAVES) for path in (ROOT / folder).rglob("*.py"))
    return {path.resolve().relative_to(ROOT).as_posix() for path in files}


def module(source: str) -> str:
    """The import name of a source file: `plugins/credit_limits.py` is `arledger.plugins.…`."""
    parts = Path(source).with_suffix("").parts
    inside = parts if parts[0] == "arledger" else ("arledger", *parts)
    return ".".join(inside[:-1] if inside[-1] == "__init__" else inside)


def modules() -> set[str]:
    """The import names of all source files."""
    return {module(source) for source in sources()}


def plain_environment() -> dict[str, str]:
    """The environment without the coverage measurement of this run."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


def tool(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a tool of this Python's environment."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=plain_environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


# --- every tool sees every file ---


def test_there_are_leaves() -> None:
    """Were the folders empty, the tests below would prove nothing."""
    assert {"arledger", "arledger.plugins", "arledger.cli", "arledger.cli.main"} <= modules()


def test_type_checker_sees_every_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The type checker is given each module of the library, of the leaves and of the tests, and is strict."""
    monkeypatch.chdir(ROOT)
    given, options = process_options([], stdout=io.StringIO(), stderr=io.StringIO())
    seen = [source.module for source in given]
    tests = {
        module(path.as_posix()).removeprefix("arledger.")
        for path in tracked()
        if path.parts[0] == "tests" and path.suffix == ".py"
    }
    assert sorted(seen) == sorted(modules() | tests)
    assert options.disallow_untyped_defs
    assert options.disallow_any_generics
    assert options.warn_return_any


# Each the one module that knows an untyped host, whose classes it extends.
ADAPTERS = {"arledger.plugins.tables", "arledger.plugins.importer"}


def test_type_checker_is_relaxed_for_untyped_packages_only() -> None:
    """No override of mypy's settings touches our own code, but the adapters' base classes."""
    for override in project()["tool"]["mypy"]["overrides"]:
        own = {name for name in override["module"] if name.startswith(("arledger", "tests"))}
        assert own <= ADAPTERS
        assert not own or set(override) <= {"module", "disallow_subclassing_any"}


def test_import_linter_sees_every_file() -> None:
    """The graph of imports has each module of the library and of the leaves."""
    assert project()["tool"]["importlinter"]["root_packages"] == ["arledger"]
    assert grimp.build_graph("arledger", cache_dir=None).modules == modules()


def test_coverage_sees_every_file_once(tmp_path: Path) -> None:
    """Each source file is measured under its real name, whether it was imported or not."""
    script = tmp_path / "imports_both_leaves.py"
    script.write_text("import arledger.plugins, arledger.cli\n", encoding="utf-8")
    data, report = f"--data-file={tmp_path / 'data'}", tmp_path / "report.json"
    measure = (sys.executable, "-m", "coverage")
    for step in (
        ("run", data, script),
        ("combine", data),
        ("json", data, "--fail-under=0", "-o", report),
    ):
        done = tool(*measure, *step)
        assert done.returncode == 0, done.stdout + done.stderr
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    assert sorted(files) == sorted(sources())


def test_coverage_gate() -> None:
    """Branches count, and fewer than 95 of 100 fail."""
    measure = coverage.Coverage(config_file=str(ROOT / "pyproject.toml"))
    gate = measure.get_option("report:fail_under")
    assert measure.get_option("run:branch") is True
    assert isinstance(gate, float)
    assert gate >= 95


# --- the layers hold, and the contracts notice when they don't ---


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The library and its leaves in a folder where they may be spoilt."""
    for folder in ("arledger", *LEAVES):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, symlinks=True, ignore=unwanted)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Check the import contracts of a folder."""
    return tool(Path(sys.executable).parent / "lint-imports", "--no-cache", *options, cwd=folder)


def test_contracts_are_kept(copy: Path) -> None:
    """The code as it is keeps every contract."""
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("contract", "file", "line"),
    [
        ("leaves", "arledger/findings.py", "import arledger.plugins"),
        ("leaves", "arledger/language/__init__.py", "import arledger.cli.main"),
        ("leaves", "plugins/__init__.py", "import arledger.cli"),
        ("leaves", "cli/__init__.py", "import arledger.plugins"),
        ("root", "arledger/__init__.py", "import arledger.cli.main"),
        ("root", "arledger/__init__.py", "import arledger.plugins"),
        ("terminal", "arledger/findings.py", "import rich.table"),
        ("terminal", "arledger/__init__.py", "import click"),
        ("terminal", "plugins/__init__.py", "import click"),
        ("hosts", "arledger/subledger/__init__.py", "import beanquery"),
        ("hosts", "cli/__init__.py", "import fava.core"),
        ("layers", "arledger/language/__init__.py", "import arledger.subledger"),
        ("layers", "arledger/language/__init__.py", "import arledger.aging"),
        ("layers", "arledger/subledger/__init__.py", "import arledger.allowance"),
        ("layers", "arledger/allowance.py", "import arledger.aging"),
        ("layers", "arledger/credit.py", "import arledger.advances"),
        ("layers", "arledger/without_a_layer.py", "import decimal"),
    ],
)
def test_contract_notices(copy: Path, contract: str, file: str, line: str) -> None:
    """An import against the rules of the house breaks the contract that forbids it."""
    with (copy / file).open("a", encoding="utf-8") as spoilt:
        spoilt.write(f"\n{line}\n")
    done = lint(copy, "--contract", contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout


# --- one version, one licence, nothing of this machine ---


def test_every_python_file_names_its_licence() -> None:
    """The SPDX line is the first line, or the second below `#!`."""
    nameless = [
        path.as_posix()
        for path in tracked()
        if path.suffix == ".py"
        and SPDX not in (ROOT / path).read_text(encoding="utf-8").splitlines()[:2]
    ]
    assert nameless == []


def test_one_version() -> None:
    """The package says its version; metadata and command line repeat it."""
    settings = project()
    said = CliRunner().invoke(main, ["--version"])
    assert "version" not in settings["project"]
    assert settings["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "arledger.__version__"}
    assert importlib.metadata.version("arledger") == arledger.__version__
    assert said.exit_code == 0
    assert arledger.__version__ in said.output.split()[-1]


def test_leaves_are_committed_as_symlinks() -> None:
    """Git holds the links themselves, pointing at the top-level folders."""
    for leaf in LEAVES:
        assert git("ls-files", "-s", f"arledger/{leaf}").startswith("120000 ")
        assert (ROOT / "arledger" / leaf).readlink() == Path("..", leaf)


def texts() -> list[tuple[str, str]]:
    """Each tracked text file with what it says."""
    files = [path for path in tracked() if (ROOT / path).is_file()]
    read = ((path, (ROOT / path).read_bytes()) for path in files)
    return [(p.as_posix(), b.decode("utf-8", "replace")) for p, b in read if b"\0" not in b]


def test_no_package_index_is_named() -> None:
    """Where packages come from is the machine's business."""
    hosts = ("pypi" + ".org", "python" + "hosted", "index" + "-url", "npm" + "js", "conda" + ".org")
    named = [(path, host) for path, text in texts() for host in hosts if host in text.lower()]
    assert named == []


def test_no_path_of_a_machine_is_named() -> None:
    """No file knows in whose folder it was written."""
    ours = re.compile(r"(?<![\w.~-])/(?:home|Users|root|work|workspace|tmp|opt)/[\w.-]")
    named = [(path, found[0]) for path, text in texts() if (found := ours.search(text)) is not None]
    assert named == []


def licence_of(name: str) -> str:
    """A package's licence as an SPDX expression, read from what it says of itself."""
    said = importlib.metadata.metadata(name).json
    stated = said.get("license_expression") or said.get("license")
    # Some put the whole text there.
    if isinstance(stated, str) and "\n" not in stated:
        return stated
    families = [c.rpartition(" :: ")[2] for c in said["classifier"] if c.startswith("License ::")]
    return " AND ".join(BY_CLASSIFIER.get(family, family) for family in families)


def requirement_name(requirement: str) -> str:
    """The package a requirement is about."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return found[0].lower()


def test_licences_of_direct_dependencies() -> None:
    """What we require is compatible with Beancount's GPL-2.0-only, and the table above is true."""
    required = [requirement_name(entry) for entry in project()["project"]["dependencies"]]
    assert {name: licence_of(name) for name in required} == LICENCES
    parts = {part for licence in LICENCES.values() for part in licence.split(" AND ")}
    assert parts <= COMPATIBLE


def test_licences_of_extras() -> None:
    """Those of `arledger export` and of the ready-made checks."""
    assert {name: licence_of(name) for name in EXTRAS} == EXTRAS
    assert not EXTRAS.keys() & LICENCES.keys()


def leaf_requirements(settings: dict[str, Any]) -> list[str]:
    """What only the plugins for a host need."""
    extras = settings["optional-dependencies"]
    return [entry for name in ("fava", "import", "parquet") for entry in extras[name]]


def test_what_is_imported_is_required() -> None:
    """Each package the library or a leaf imports is required by name, not by luck of another."""
    graph = grimp.build_graph("arledger", include_external_packages=True, cache_dir=None)
    outside = {name.partition(".")[0] for name in graph.modules} - {"arledger"}
    providers = importlib.metadata.packages_distributions()
    imported = {
        distribution.lower()
        for name in outside - sys.stdlib_module_names
        for distribution in providers.get(name, [f"unknown: {name}"])
    }
    settings = project()["project"]
    wanted = [*settings["dependencies"], *leaf_requirements(settings)]
    assert imported <= {requirement_name(entry) for entry in wanted}


def test_every_direct_dependency_has_a_lower_bound() -> None:
    """What `make matrix` calls oldest is said for each direct dependency."""
    settings = project()["project"]
    wanted = [*settings["dependencies"], *leaf_requirements(settings)]
    bounded = [line.partition("==")[0] for line in lower_bounds()]
    assert bounded == [re.split(r"[<>=]", entry)[0] for entry in wanted]


# --- what is shipped ---


def build(folder: Path) -> tuple[Path, Path]:
    """The sdist, and the wheel built from it, made of the tracked files alone."""
    for path in tracked():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / path, follow_symlinks=False)
    done = tool(sys.executable, "-m", "build", "--no-isolation", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,), (wheel,) = folder.glob("dist/*.tar.gz"), folder.glob("dist/*.whl")
    return sdist, wheel


def package_files() -> set[str]:
    """What the package must hold: every tracked file of the library and its leaves."""
    inside = {p.as_posix() for p in tracked() if p.parts[0] == "arledger" and not link(p)}
    leaves = {f"arledger/{p.as_posix()}" for p in tracked() if p.parts[0] in LEAVES}
    return inside | leaves


def link(path: Path) -> bool:
    """Whether a tracked file is a symlink."""
    return (ROOT / path).is_symlink()


def check_wheel(wheel: Path) -> None:
    """The wheel has every file of the library and its leaves, none of them a link, and no other."""
    with zipfile.ZipFile(wheel) as opened:
        held = {entry.filename: entry.external_attr >> 16 for entry in opened.infolist()}
    metadata = f"arledger-{arledger.__version__}.dist-info/"
    assert {name for name in held if not name.startswith(metadata)} == package_files()
    assert not [name for name, mode in held.items() if stat.S_ISLNK(mode)]
    assert "arledger/py.typed" in held
    assert f"{metadata}licenses/LICENSE" in held


def check_sdist(sdist: Path) -> None:
    """The sdist has every file of the library and its leaves, none of them a link."""
    with tarfile.open(sdist) as opened:
        members = opened.getmembers()
    top = f"arledger-{arledger.__version__}/"
    held = {member.name.removeprefix(top) for member in members if member.isfile()}
    assert package_files() <= held
    assert {"LICENSE", "README.md", "pyproject.toml"} <= held
    assert not [member.name for member in members if member.issym() or member.islnk()]


def test_shipped_files_are_real(tmp_path: Path) -> None:
    """A wheel built from the sdist holds the leaves as files, py.typed, data files and licence."""
    sdist, wheel = build(tmp_path)
    check_sdist(sdist)
    check_wheel(wheel)
