# SPDX-License-Identifier: GPL-2.0-or-later
"""The ready-made checks, for real: the hook in a repository, the Action's steps run as GitHub runs them."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

from arledger.cli.init import contents
from tests.cli.support import ROOT

pytestmark = pytest.mark.checkout

HOSTILE = [
    "$(touch injected)",
    '"; touch injected; "',
    "`touch injected`",
    "x'; touch injected; '",
    "::error::forged",
]


def git(folder: Path, *arguments: str) -> str:
    """Run git as a person of no settings."""
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", *identity, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def environment(**more: str) -> dict[str, str]:
    """Commands of this Python's environment first; nothing of git's from outside."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "GITHUB_", "COV"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "GIT_CONFIG_GLOBAL": os.devnull, "LC_ALL": "C.UTF-8", **more}


def books(folder: Path, ci: str = "github") -> Path:
    """A repository as `init` makes it, its example in force, committed."""
    for name, text in contents("en", ci, 2025).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        live = re.sub(r"(?m)^;(?=\d|  )", "", text) if name.endswith(".beancount") else text
        (folder / name).write_text(live, encoding="utf-8")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "The books")
    return folder


@attrs.frozen
class PullRequest:
    """A repository with the merge of a pull request checked out, and the commit it goes into."""

    folder: Path
    base: str


INVOICE = """
2025-04-02 * "Harbour Joinery Ltd" "Invoice" ^INV-2025-0402
  Assets:Receivable:C001-Harbour   60000.00 EUR
  Income:Sales                    -60000.00 EUR
"""


def pull_request(folder: Path, branch: str = "feature") -> PullRequest:
    """One with an invoice above the limit."""
    books(folder)
    base = git(folder, "rev-parse", "HEAD")
    git(folder, "checkout", "--quiet", "-b", branch)
    with (folder / "sales" / "2025.beancount").open("a", encoding="utf-8") as sales:
        sales.write(INVOICE)
    git(folder, "commit", "--quiet", "--all", "-m", branch)
    head = git(folder, "rev-parse", "HEAD")
    git(folder, "checkout", "--quiet", "--detach", base)
    git(folder, "merge", "--quiet", "--no-ff", "-m", f"Merge {head} into {base}", head)
    return PullRequest(folder, base)


# --- running steps ---


@attrs.frozen
class Run:
    """What a step said, and what it left for GitHub."""

    status: int
    stdout: str
    stderr: str
    summary: str
    outputs: Mapping[str, str]


def action() -> dict[str, Any]:
    """The composite action."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    return found


def workflow() -> dict[str, Any]:
    """What `init` writes for GitHub."""
    text = contents("en", "github", 2025)[".github/workflows/arledger.yml"]
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def steps_of(kit: str) -> list[dict[str, Any]]:
    """The steps of the action, or those of the workflow of a new repository."""
    if kit == "action":
        return list(action()["runs"]["steps"])
    return list(workflow()["jobs"]["books"]["steps"])


def step(kit: str, name: str) -> dict[str, Any]:
    """A step by its id."""
    (found,) = (one for one in steps_of(kit) if one.get("id") == name)
    return found


def run(kit: str, name: str, folder: Path, **variables: str) -> Run:
    """Run a step in a repository, as GitHub calls bash, with files for what it leaves."""
    temp = folder.parent / "runner"
    temp.mkdir(exist_ok=True)
    files = {name: temp / name for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    for file in files.values():
        file.write_text("", encoding="utf-8")
    script = temp / "step.sh"
    script.write_text(step(kit, name)["run"], encoding="utf-8")
    told = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_WORKSPACE": str(folder),
        "RUNNER_TEMP": str(temp),
        "LEDGER": "main.beancount",
        "FAIL_ON": "error",
        **{name: str(file) for name, file in files.items()},
        **variables,
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        cwd=folder,
        env=environment(**told),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    left = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
    return Run(
        done.returncode,
        done.stdout,
        done.stderr,
        html.unescape(files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")),
        dict(line.split("=", 1) for line in left),
    )


KITS = ["action", "workflow"]


@pytest.mark.parametrize("kit", KITS)
def test_a_pull_request(kit: str, tmp_path: Path) -> None:
    """Its finding stands beside its line; what changes in the summary and in a comment's body."""
    (tmp_path / "repository").mkdir()
    asked = pull_request(tmp_path / "repository")
    checked = run(kit, "check", asked.folder)
    assert checked.status == 1
    line = (
        (asked.folder / "sales/2025.beancount")
        .read_text()
        .splitlines()
        .index('2025-04-02 * "Harbour Joinery Ltd" "Invoice" ^INV-2025-0402')
    )
    place = f"::error file=sales/2025.beancount,line={line + 2},title=limit-exceeded::"
    assert [one for one in checked.stdout.splitlines() if one.startswith(place)]
    assert run(kit, "check", asked.folder, FAIL_ON="never").status == 0
    compared = run(kit, "diff", asked.folder, BASE_SHA=asked.base)
    assert compared.status == 0, compared.stderr
    assert "INV-2025-0402" in compared.summary
    assert "60,000.00" in compared.summary
    comment = Path(compared.outputs["comment-file"])
    assert html.unescape(comment.read_text(encoding="utf-8")) == compared.summary
    assert git(asked.folder, "status", "--porcelain") == ""


def test_a_shallow_checkout(tmp_path: Path) -> None:
    """The base is fetched where it is missing."""
    (tmp_path / "origin").mkdir()
    asked = pull_request(tmp_path / "origin")
    git(asked.folder, "checkout", "--quiet", "-b", "merged")
    git(asked.folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "-q", "--depth=1", "-b", "merged", f"file://{asked.folder}", "shallow")
    compared = run("action", "diff", shallow, BASE_SHA=asked.base)
    assert compared.status == 0, compared.stderr
    assert "INV-2025-0402" in compared.summary


def test_a_new_ledger(tmp_path: Path) -> None:
    """There is nothing to compare it with, and that is no failure."""
    (tmp_path / "repository").mkdir()
    asked = pull_request(tmp_path / "repository")
    new = asked.folder / "new.beancount"
    shutil.copy(asked.folder / "main.beancount", new)
    compared = run("action", "diff", asked.folder, BASE_SHA=asked.base, LEDGER="new.beancount")
    assert compared.status == 0, compared.stderr
    assert compared.summary.startswith("arledger: this ledger is new")


def test_an_incomplete_ledger(tmp_path: Path) -> None:
    """The check fails; what changes is told all the same."""
    (tmp_path / "repository").mkdir()
    asked = pull_request(tmp_path / "repository")
    with (asked.folder / "bank" / "2025.beancount").open("a", encoding="utf-8") as bank:
        bank.write("2025-04-03 * nonsense\n")
    assert run("action", "check", asked.folder).status == 2
    compared = run("action", "diff", asked.folder, BASE_SHA=asked.base)
    assert compared.status == 0, compared.stderr
    assert "INV-2025-0402" in compared.summary


def test_a_long_answer_is_cut_between_lines(tmp_path: Path) -> None:
    """GitHub takes no comment longer than 65,536 characters."""
    (tmp_path / "repository").mkdir()
    asked = pull_request(tmp_path / "repository")
    lines = [INVOICE.replace("0402", f"{number:05}") for number in range(1200)]
    sales = asked.folder / "sales" / "2025.beancount"
    sales.write_text("".join([sales.read_text(encoding="utf-8"), *lines]), encoding="utf-8")
    compared = run("action", "diff", asked.folder, BASE_SHA=asked.base)
    assert compared.status == 0, compared.stderr
    comment = Path(compared.outputs["comment-file"]).read_text(encoding="utf-8")
    *kept, last = comment.splitlines()
    assert last == "…"
    assert compared.summary.startswith(html.unescape("".join(f"{line}\n" for line in kept)))
    assert 50_000 < len(comment.encode()) <= 60_010


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_nothing(text: str, tmp_path: Path) -> None:
    """In a branch, a commit, a ledger's name, a customer's name, what should be a commit."""
    (tmp_path / "repository").mkdir()
    branch = text if _may_be_a_branch(text) else "feature"
    asked = pull_request(tmp_path / "repository", branch)
    customers = asked.folder / "accounts" / "customers.beancount"
    named = customers.read_text(encoding="utf-8")
    quoted = text.replace('"', '\\"')
    customers.write_text(named.replace("Harbour Joinery Ltd", quoted), encoding="utf-8")
    ledger = f"{text.replace('/', '-')}.beancount"
    (asked.folder / ledger).write_text('include "main.beancount"\n', encoding="utf-8")
    variables = {"GITHUB_HEAD_REF": text, "GITHUB_REF_NAME": text}
    checked = run("action", "check", asked.folder, **variables, LEDGER=ledger)
    assert checked.status in {1, 2}
    compared = run("action", "diff", asked.folder, **variables, BASE_SHA=asked.base)
    assert compared.status == 0, compared.stderr
    refused = run("action", "diff", asked.folder, **variables, BASE_SHA=text)
    assert refused.status == 2
    assert not list(tmp_path.rglob("injected"))
    assert "\n::error::forged" not in f"\n{checked.stdout}{checked.stderr}{compared.stderr}"


def _may_be_a_branch(text: str) -> bool:
    command = ["git", "check-ref-format", "--branch", text]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("event", ["pull_request_target", "push", "workflow_run", ""])
def test_the_action_refuses_other_events(event: str, tmp_path: Path) -> None:
    """Above all the one that would give a stranger's ledger a token."""
    (tmp_path / "repository").mkdir()
    refused = run("action", "guard", tmp_path / "repository", GITHUB_EVENT_NAME=event)
    assert refused.status == 2
    assert "pull_request only" in refused.stderr
    assert run("action", "guard", tmp_path / "repository").status == 0


# --- what stands in the kits ---


@pytest.mark.parametrize("kit", KITS)
def test_nothing_is_put_into_a_script(kit: str) -> None:
    """What the event says reaches the scripts as variables; each script has its shell."""
    scripts = [one for one in steps_of(kit) if "run" in one]
    assert len(scripts) >= 3
    for one in scripts:
        assert "${{" not in one["run"]
        assert one["shell"] == "bash"


@pytest.mark.parametrize("kit", KITS)
def test_other_actions_have_a_version(kit: str) -> None:
    used = [one["uses"] for one in steps_of(kit) if "uses" in one]
    assert used
    assert [one for one in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", one)] == []


def test_both_run_the_same() -> None:
    """A new repository's workflow does what the action does."""
    for name in ("check", "diff"):
        assert step("action", name)["run"] == step("workflow", name)["run"]


def test_the_action_s_inputs_reach_its_steps() -> None:
    """Each, by a variable or another action's own input."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name in action()["inputs"]:
        assert f"${{{{ inputs.{name} }}}}" in text
    assert action()["outputs"]["comment-file"]["value"] == "${{ steps.diff.outputs.comment-file }}"
    assert step("action", "install")["run"].split()[-1] == '"$GITHUB_ACTION_PATH"'


def test_gitlab_s_jobs(tmp_path: Path) -> None:
    """Their scripts, run as GitLab runs them: a report of tests, and a file that says what changes."""
    (tmp_path / "repository").mkdir()
    asked = pull_request(tmp_path / "repository")
    jobs = yaml.safe_load(contents("en", "gitlab", 2025)[".gitlab-ci.yml"])
    variables = {**jobs[".arledger"]["variables"], "CI_MERGE_REQUEST_DIFF_BASE_SHA": asked.base}
    statuses = []
    for name in ("arledger-check", "arledger-diff"):
        (line,) = jobs[name]["script"]
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", line],
            cwd=asked.folder,
            env=environment(**variables),
            capture_output=True,
            check=False,
        )
        statuses.append(done.returncode)
    assert statuses == [1, 0]
    assert "limit-exceeded" in (asked.folder / "arledger.xml").read_text(encoding="utf-8")
    told = (asked.folder / "arledger-diff.md").read_text(encoding="utf-8")
    assert "INV-2025-0402" in html.unescape(told)
    assert git(asked.folder, "status", "--porcelain") == ""


# --- pre-commit ---


def without(reason: str) -> None:
    """Skip where something is missing on a developer's machine; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def pre_commit() -> list[str]:
    """The command of this Python's environment."""
    if shutil.which("pre-commit", path=str(Path(sys.executable).parent)) is None:
        without("pre-commit isn't installed")
    return [str(Path(sys.executable).parent / "pre-commit")]


def hook(command: list[str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pre-commit in a repository."""
    return subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=environment(PRE_COMMIT_HOME=str(folder.parent / "pre-commit"), PIP_NO_COMPILE="1"),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_hook_of_a_new_repository(pre_commit: list[str], tmp_path: Path) -> None:
    """It passes what `init` has made, and stops a commit that breaks the limit."""
    (tmp_path / "repository").mkdir()
    folder = books(tmp_path / "repository")
    done = hook(pre_commit, folder, "run", "--all-files")
    assert done.returncode == 0, done.stdout + done.stderr
    assert hook(pre_commit, folder, "install").returncode == 0
    with (folder / "sales" / "2025.beancount").open("a", encoding="utf-8") as sales:
        sales.write(INVOICE)
    stopped = _commit(folder)
    assert stopped.returncode == 1
    assert "[limit-exceeded]" in stopped.stdout + stopped.stderr
    git(folder, "checkout", "--quiet", "--", ".")
    (folder / "policies" / "terms.beancount").unlink()
    stopped = _commit(folder)
    assert stopped.returncode == 1, "a deleted file breaks the ledger, too"


def _commit(folder: Path) -> subprocess.CompletedProcess[str]:
    """Commit everything, with the hooks."""
    git(folder, "add", "--all")
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", *identity, "commit", "-m", "More"],
        cwd=folder,
        env=environment(PRE_COMMIT_HOME=str(folder.parent / "pre-commit"), PIP_NO_COMPILE="1"),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
def test_the_hook_of_this_project(pre_commit: list[str], tmp_path: Path) -> None:
    """Installed from this checkout, as pre-commit does it, into an environment of its own."""
    probe = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "attrs"]
    found = subprocess.run(
        [*probe, "-d", str(tmp_path / "probe")], capture_output=True, check=False
    )
    if found.returncode:
        without("there is no package index to install the hook's environment from")
    project, folder = _copy(tmp_path / "arledger"), tmp_path / "repository"
    folder.mkdir()
    books(folder)
    config = {
        "repo": f"file://{project}",
        "rev": git(project, "rev-parse", "HEAD"),
        "hooks": [{"id": "arledger-check", "args": ["main.beancount"]}],
    }
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": [config]}))
    git(folder, "add", "--all")
    done = hook(pre_commit, folder, "run", "--all-files", "--verbose")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("errors: 0, warnings: 0, to know: 0 (as of 2025-04-01)") == 1
    with (folder / "sales" / "2025.beancount").open("a", encoding="utf-8") as sales:
        sales.write(INVOICE)
    git(folder, "add", "--all")
    stopped = hook(pre_commit, folder, "run")
    assert stopped.returncode == 1
    assert "[limit-exceeded]" in stopped.stdout


def _copy(place: Path) -> Path:
    """This checkout as a repository of one commit, with what isn't committed yet."""
    listed = subprocess.run(
        [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if os.path.lexists(ROOT / name):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name, follow_symlinks=False)
    git(place, "init", "--quiet")
    git(place, "add", "--all", "--force")
    git(place, "commit", "--quiet", "-m", "All")
    return place
