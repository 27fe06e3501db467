# SPDX-License-Identifier: GPL-2.0-or-later
"""`arledger init`: a repository for the books that passes its own check, in each language."""

from __future__ import annotations

import datetime as dt
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from arledger import __version__
from arledger.cli import common
from arledger.cli.init import contents
from arledger.cli.lang import LANGUAGES
from tests.cli.faults import at_once, no_file_larger_than
from tests.cli.support import ask, invoke, spawn

CURRENCY = {"en": "EUR", "zh-CN": "CNY", "zh-TW": "TWD"}
LEDGER = {
    "main.beancount",
    "accounts/company.beancount",
    "accounts/customers.beancount",
    "policies/allowance.beancount",
    "policies/limits.beancount",
    "policies/terms.beancount",
    "opening/2026.beancount",
    "sales/2026.beancount",
    "bank/2026.beancount",
    "closing/2026.beancount",
}
COMMON = {".gitattributes", ".gitignore", ".pre-commit-config.yaml", "README.md"}
HOSTS = {
    "github": {".github/workflows/arledger.yml", ".github/CODEOWNERS"},
    "gitlab": {".gitlab-ci.yml", ".gitlab/CODEOWNERS"},
    "none": set(),
}


@pytest.fixture(autouse=True)
def _in_2026(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty current folder, on a day of that year."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(common, "today_is", lambda: dt.date(2026, 3, 9))


def held(folder: Path) -> dict[str, str]:
    """The texts in a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in files}


def bean_check(ledger: Path) -> str:
    """What Beancount's own check says; nothing where all is well."""
    command = [sys.executable, "-m", "beancount.scripts.check", "--no-cache", str(ledger)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return done.stdout + done.stderr


@pytest.mark.parametrize("ci", HOSTS)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_made(lang: str, ci: str) -> None:
    """The files, with every place filled in."""
    done = invoke("init", "books", "--lang", lang, "--ci", ci)
    assert done.exit_code == 0, done.output
    found = held(Path("books"))
    assert set(found) == LEDGER | COMMON | {"requirements.txt"} | HOSTS[ci]
    assert f"{len(found)} " in done.stdout
    assert [text for text in found.values() if re.search(r"@[A-Z]+@|\bYEAR\b", text)] == []
    assert f"arledger=={__version__}\n" in found["requirements.txt"]
    assert f'"operating_currency" "{CURRENCY[lang]}"' in found["main.beancount"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_passes_its_own_check(lang: str) -> None:
    """And Beancount's; nothing is found, nothing is noted."""
    invoke("init", "books", "--lang", lang)
    done = invoke("check", "books/main.beancount", "--fail-on", "info")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "errors: 0, warnings: 0, to know: 0 (as of 2026-01-01)\n"
    assert bean_check(Path("books/main.beancount")) == ""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("year", [2024, 2027])
def test_the_example_is_right(lang: str, year: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the semicolons taken away it passes as well, and has something to show."""
    monkeypatch.setattr(common, "today_is", lambda: dt.date(year, 12, 31))
    invoke("init", "books", "--lang", lang)
    for path in Path("books").rglob("*.beancount"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"(?m)^;(?=\d|  )", "", text), encoding="utf-8")
    done = invoke("check", "books/main.beancount", "--fail-on", "info")
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert bean_check(Path("books/main.beancount")) == ""
    (row,) = ask("aging", "books/main.beancount", "--as-of", f"{year}-03-31")["rows"]
    assert (row["customer"], row["buckets"]["1-30"], row["total"]) == ("C001", "400.00", "400.00")
    (limit,) = ask("credit", "books/main.beancount", "--as-of", f"{year}-03-31")["rows"]
    assert limit["available"] == "49600.00"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_file_has_its_example(lang: str) -> None:
    """In each language the same customer in the same files."""
    examples = {
        name
        for name, text in contents(lang, "none", 2026).items()
        if re.search(r"^;(\d|  )", text, re.MULTILINE)
    }
    rest = {"main.beancount", "accounts/company.beancount", "policies/allowance.beancount"}
    assert examples == LEDGER - rest


@pytest.mark.parametrize("name", ["the books", "账本", "new\nline", "-x", "$(touch injected)"])
def test_a_folder_of_any_name(name: str) -> None:
    """Nothing of the name gets into a file; what is said of it stays on one line."""
    done = invoke("init", "--", name)
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) == 2
    assert invoke("check", f"./{name}/main.beancount").exit_code == 0
    assert held(Path(name)) == contents("en", "github", 2026)


def test_refused() -> None:
    """What isn't empty, what is no folder, where nothing can be: one line and status 2."""
    Path("full").mkdir()
    Path("full/.git").mkdir()
    Path("file").write_text("precious", encoding="utf-8")
    Path("link").symlink_to("full")
    for name, why in {
        "full": "is not empty",
        "file": "is not a folder",
        "link": "is a symbolic link; name the folder itself",
        ".": "holds the current folder; call arledger from elsewhere",
    }.items():
        done = invoke("init", name)
        assert (done.exit_code, done.stdout) == (2, "")
        assert done.stderr == f"arledger: {name}: {why}\n"
    done = invoke("init", "no/such")
    assert done.stderr == "arledger: no: there is no such folder\n"
    assert held(Path()) == {"file": "precious"}


def test_a_full_disk(tmp_path: Path) -> None:
    """One line, status 2, nothing left."""
    done = spawn("init", tmp_path / "books", preexec_fn=no_file_larger_than(900), env=plain())
    assert done.returncode == 2
    assert done.stderr == f"arledger: {tmp_path / 'books'}: can't be written: File too large\n"
    assert list(tmp_path.iterdir()) == []


def plain() -> dict[str, str]:
    """An environment in which nothing but the command writes files."""
    path = ":".join(filter(None, sys.path))
    return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """The real command, killed after a random time: there is nothing, or the whole."""
    chance = random.Random(5)  # noqa: S311 - which moments doesn't matter
    whole = set(contents("en", "github", dt.date.today().year))  # noqa: DTZ011 - as the command's
    place = tmp_path / "books"
    command = [sys.executable, "-m", "arledger.cli.main", "init", str(place)]
    seen = set()
    for _ in range(15):
        begun = subprocess.Popen(command, env=plain(), stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, 0.6))
        begun.kill()
        begun.wait()
        seen.add(place.exists())
        assert not place.exists() or set(held(place)) == whole
        shutil.rmtree(place, ignore_errors=True)
    assert spawn("init", place).returncode == 0
    assert set(held(place)) == whole


def test_two_at_once() -> None:
    """One makes it, the other says that it isn't empty."""

    def make() -> None:
        assert invoke("init", "books").exit_code == 0

    assert sorted(at_once(make, make)) == [0, 1]
    assert held(Path("books")) == contents("en", "github", 2026)


# --- what stands in the files for other programs ---


def test_what_git_does_not_hold() -> None:
    """Load caches, exports; but not the ledger, nor the workflow."""
    invoke("init", "books")
    git = ["git", "-c", "init.defaultBranch=main"]
    subprocess.run([*git, "init", "-q", "books"], check=True)
    for name in (".main.beancount.picklecache", "x.picklecache", "export/items.parquet"):
        Path("books", name).parent.mkdir(exist_ok=True)
        Path("books", name).write_bytes(b"")
    listed = subprocess.run(
        [*git, "ls-files", "--others", "--exclude-standard"],
        cwd="books",
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert set(listed.stdout.splitlines()) == set(contents("en", "github", 2026))


def test_yaml_can_be_read() -> None:
    """And says what it must: one hook for the whole ledger, a token that can only read."""
    texts = {**contents("en", "github", 2026), **contents("en", "gitlab", 2026)}
    read: dict[str, Any] = {
        name: yaml.safe_load(text)
        for name, text in texts.items()
        if name.endswith((".yml", ".yaml"))
    }
    assert len(read) == 3
    (repository,) = read[".pre-commit-config.yaml"]["repos"]
    (hook,) = repository["hooks"]
    assert hook["args"] == ["main.beancount"]
    assert hook["pass_filenames"] is False
    workflow = read[".github/workflows/arledger.yml"]
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow[True] == "pull_request"  # YAML 1.1 reads `on` as a truth
    jobs = read[".gitlab-ci.yml"]
    assert jobs["arledger-check"]["artifacts"]["reports"] == {"junit": "arledger.xml"}


def test_only_limits_and_the_like_have_owners() -> None:
    """Every file that is named there is there; the owners are examples, so commented out."""
    for ci in ("github", "gitlab"):
        texts = contents("en", ci, 2026)
        owners = texts[f".{ci}/CODEOWNERS"]
        named = re.findall(r"^#(/\S+) +@", owners, re.MULTILINE)
        assert "/policies/limits.beancount" in named
        for name in named:
            assert any(f"/{file}".startswith(name) for file in texts), name
        assert not re.search(r"^[^#\n]", owners, re.MULTILINE)
