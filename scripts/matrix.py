# SPDX-License-Identifier: GPL-2.0-or-later
"""Test the built wheel, as a stranger would have it, on several Pythons and hosts.

    python scripts/matrix.py            every Python found, oldest and newest hosts, all tests
    python scripts/matrix.py --quick    the same without the laws and the slow tests
    python scripts/matrix.py --here     this Python with the newest hosts, all tests

The hosts are beancount, beanquery and fava. "Oldest" is the lower bound of every direct dependency
in pyproject.toml; "newest" is what pip finds within the bounds. The wheel is installed into an
environment of its own under .venv-matrix/, and the tests run in an empty folder that has no
arledger/ beside them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-matrix"
MINORS = (11, 12, 13)
HOSTS = ("beancount", "beanquery", "fava")
# What the tests read besides the installed package.
TAKEN = ("tests", "ledgers", "docs", "benchmarks", "pyproject.toml", "Makefile", "*.md")
# The project's own test is about the checkout and needs its tools; a browser sees the same in
# each cell.
LEFT = ("test_project.py", "browser", "__pycache__", "*.picklecache")
LOWER_BOUND = re.compile(r"^([A-Za-z0-9._-]+)\s*>=\s*([0-9.]+)")


class Cell(NamedTuple):
    """One Python with one choice of versions."""

    python: str
    minor: int
    versions: str

    @property
    def name(self) -> str:
        """As it is shown, and the folder of its environment."""
        return f"py3.{self.minor}-{self.versions}"


def run(*command: str | Path) -> None:
    """Run a command; what it says is shown, its failure ends the script."""
    subprocess.run([str(part) for part in command], check=True)


def minor_of(python: str) -> int | None:
    """Which Python 3.x answers to that name, if any."""
    ask = "import sys, venv, ensurepip; print(sys.version_info[1])"
    try:
        answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return int(answer.stdout)


def pythons() -> Iterator[tuple[str, int]]:
    """Each supported Python of this machine once; those that aren't found are named."""
    for minor in MINORS:
        own = [sys.executable] if sys.version_info[1] == minor else []
        for python in [*own, f"python3.{minor}"]:
            if minor_of(python) == minor:
                yield python, minor
                break
        else:
            print(f"py3.{minor}: not found on this machine")


def cells(*, here: bool, quick: bool) -> Iterator[Cell]:
    """The cells to try. The quick way leaves out the one that `make test` has just run in full."""
    own = sys.version_info[1]
    if here:
        yield Cell(sys.executable, own, "newest")
        return
    for python, minor in pythons():
        yield Cell(python, minor, "oldest")
        if quick and minor == own:
            print(f"py3.{minor}-newest: left to `make test`, which runs it in full")
        else:
            yield Cell(python, minor, "newest")


def lower_bounds() -> list[str]:
    """The oldest version of each direct dependency, as constraints for pip."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["fava"], *extras["import"], *extras["parquet"]]
    bounds = (LOWER_BOUND.match(requirement) for requirement in wanted)
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]


def build_wheel(folder: Path) -> Path:
    """The wheel, built from the sdist, so that both are tried."""
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the wheel cannot be built\n{done.stdout}{done.stderr}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def environment(cell: Cell, wheel: Path) -> Path:
    """The cell's Python with this wheel installed; made again where pyproject.toml changed."""
    venv = FOLDER / cell.name
    python = venv / "bin" / "python"
    stamp = venv / "made-from"
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest and python.exists():
        run(*pip, "--force-reinstall", "--no-deps", wheel)
        return python
    run(cell.python, "-m", "venv", "--clear", venv)
    constraints = venv / "constraints.txt"
    lines = lower_bounds() if cell.versions == "oldest" else []
    constraints.write_text("\n".join(lines) + "\n", encoding="utf-8")
    run(*pip, "--constraint", constraints, f"{wheel}[fava,import,parquet,test]")
    stamp.write_text(digest, encoding="utf-8")
    return python


def lay_out(folder: Path) -> None:
    """Copy what the tests read, and nothing that could be imported as arledger."""
    for pattern in TAKEN:
        for source in ROOT.glob(pattern):
            if source.is_dir():
                shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns(*LEFT))
            else:
                shutil.copy(source, folder)


def surroundings(python: Path) -> dict[str, str]:
    """The environment variables of a test run: nothing of the checkout, its own commands first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        kept.pop(name, None)
    kept["PATH"] = os.pathsep.join([str(python.parent), kept.get("PATH", os.defpath)])
    kept["ARLEDGER_INSTALLED"] = str(python.parent.parent)
    if kept.get("ARLEDGER_TEST_DATA"):
        kept["ARLEDGER_TEST_DATA"] = str(Path(kept["ARLEDGER_TEST_DATA"]).resolve())
    return kept


def versions(python: Path) -> str:
    """Which hosts the environment really has."""
    ask = (
        f"from importlib.metadata import version as v; print(*(f'{{h}} {{v(h)}}' for h in {HOSTS}))"
    )
    return subprocess.run(
        [python, "-c", ask], capture_output=True, text=True, check=True
    ).stdout.strip()


def try_cell(cell: Cell, wheel: Path, *, quick: bool, aloud: bool, jobs: int) -> bool:
    """Run the tests of one cell from an empty folder.

    What pytest says is shown as it comes if `aloud`, else only its closing line, or all on failure.
    """
    python = environment(cell, wheel)
    print(f"{cell.name}: {versions(python)}", flush=True)
    options = ["-q", "-n", str(jobs), "--dist", "worksteal", "--hypothesis-profile", "quick"]
    if quick:
        options += ["-m", "not checkout and not slow", "--ignore", "tests/properties"]
    else:
        options += ["-m", "not checkout"]
    with tempfile.TemporaryDirectory(prefix="arledger-") as folder:
        lay_out(Path(folder))
        tests = subprocess.run(
            [python, "-m", "pytest", *options],
            cwd=folder,
            env=surroundings(python),
            check=False,
            text=True,
            stdout=None if aloud else subprocess.PIPE,
            stderr=None if aloud else subprocess.STDOUT,
        )
    if not aloud:
        said = tests.stdout.rstrip()
        print(said if tests.returncode else f"{cell.name}: {said.splitlines()[-1]}", flush=True)
    return tests.returncode == 0


def main() -> int:
    """Try every cell; fail if one of them does."""
    parser = argparse.ArgumentParser(
        description="Test the built wheel on several Pythons and hosts."
    )
    parser.add_argument("--here", action="store_true", help="this Python, newest hosts, only")
    parser.add_argument("--quick", action="store_true", help="without the laws and the slow tests")
    parser.add_argument("--jobs", type=int, default=2, help="test processes at a time")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="arledger-wheel-") as folder:
        wheel = build_wheel(Path(folder))
        failed = [
            cell.name
            for cell in cells(here=args.here, quick=args.quick)
            if not try_cell(cell, wheel, quick=args.quick, aloud=args.here, jobs=args.jobs)
        ]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
