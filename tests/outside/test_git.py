"""git through the wrapper: what it answers, and that the user's tree, index and HEAD stay as they are."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.outside.repos import git, make, snapshot
from upgrader.errors import GitError
from upgrader.outside.git import Git


@pytest.fixture(autouse=True)
def _no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("template") / "repo", **{"sub dir.txt": "s\n", "ü.txt": "u\n"})


@pytest.fixture
def root(tmp_path: Path, template: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "repo"))


@pytest.fixture
def repo(root: Path) -> Git:
    return Git.open(root)


def test_questions(root: Path, repo: Git) -> None:
    head = git(root, "rev-parse", "HEAD")
    assert (repo.head(), repo.branch(), repo.is_dirty(), repo.top) == (head, "main", False, root)
    assert repo.common_dir == root / ".git"
    assert repo.tree("HEAD") == git(root, "rev-parse", "HEAD^{tree}")
    assert (repo.show("HEAD", "ü.txt"), repo.show(head, "sub dir.txt")) == (b"u\n", b"s\n")
    assert [(e.mode, e.path) for e in repo.ls_tree("main")] == [
        ("100644", "a.txt"),
        ("100644", "sub dir.txt"),
        ("100644", "ü.txt"),
    ]


@pytest.mark.parametrize("change", ["edit", "new", "staged", "deleted"])
def test_dirty(root: Path, repo: Git, change: str) -> None:
    match change:
        case "edit":
            (root / "a.txt").write_text("other")
        case "new":
            (root / "new").write_text("")
        case "staged":
            (root / "a.txt").write_text("other")
            git(root, "add", "a.txt")
        case _:
            (root / "a.txt").unlink()
    before = snapshot(root)
    assert repo.is_dirty()
    assert snapshot(root) == before


def test_opened_from_below_from_a_worktree_and_detached(root: Path, tmp_path: Path) -> None:
    (root / "deep" / "er").mkdir(parents=True)
    assert Git.open(root / "deep" / "er").top == root
    git(root, "worktree", "add", "-q", "--detach", str(tmp_path / "other"))
    other = Git.open(tmp_path / "other")
    assert (other.top, other.branch(), other.common_dir) == (tmp_path / "other", None, root / ".git")


@pytest.mark.parametrize("kind", ["none", "bare", "unborn", "git-dir", "elsewhere", "missing", "broken"])
def test_what_cannot_be_worked_on_says_why(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "x"
    place.mkdir()
    match kind:
        case "bare":
            git(place, "init", "-q", "--bare")
        case "unborn":
            git(place, "init", "-q")
        case "git-dir":
            place = make(place) / ".git"
        case "elsewhere":
            git(make(place), "config", "core.worktree", str(tmp_path))
            (tmp_path / "x" / "y").mkdir()
            git(place, "config", "core.worktree", str(tmp_path / "x" / "y"))
        case "missing":
            place = tmp_path / "y"
        case "none":
            pass
        case _:
            (place / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(GitError) as caught:
        Git.open(place)
    assert str(place) in caught.value.message


@pytest.mark.parametrize(
    "rev",
    [
        "",
        "-x",
        "--all",
        "--upload-pack=x",
        "a b",
        "a\0",
        "a\nb",
        "nope",
        "HEAD^{tree}",
        "x" * 300,
        "HEAD..HEAD",
    ],
)
def test_bad_revisions_are_refused(repo: Git, rev: str) -> None:
    with pytest.raises(GitError):
        repo.rev_parse(rev)


@pytest.mark.parametrize("path", ["missing", "../a.txt", "sub dir.txt/x"])
def test_files_that_a_commit_does_not_hold(repo: Git, path: str) -> None:
    with pytest.raises(GitError):
        repo.show("HEAD", path)


@pytest.mark.parametrize("name", ["upgrade/left-pad-2.0.0", "a", "upgrade/ü", "$(id)", "a;b"])
def test_branch_names_that_git_takes(repo: Git, name: str) -> None:
    repo.create_branch(name, "HEAD")
    assert repo.branch_exists(name)
    repo.delete_ref(f"refs/heads/{name}", repo.head())
    assert not repo.branch_exists(name)


@pytest.mark.parametrize("name", ["", "-b", "a..b", "a b", "a.lock", "a\0", "/a", "a/", "@{", "a\n"])
def test_branch_names_that_git_refuses(repo: Git, name: str) -> None:
    assert not repo.check_ref_format(name)
    with pytest.raises(GitError):
        repo.create_branch(name, "HEAD")


def test_refs_move_only_from_where_they_were(root: Path, repo: Git) -> None:
    first = repo.head()
    (root / "a.txt").write_text("2")
    git(root, "commit", "-qam", "two")
    second = repo.head()
    repo.create_branch("b", first)
    with pytest.raises(GitError):
        repo.create_branch("b", second)
    with pytest.raises(GitError):
        repo.update_ref("refs/heads/b", second, second)
    repo.update_ref("refs/heads/b", second, first)
    with pytest.raises(GitError):
        repo.delete_ref("refs/heads/b", first)
    for bad in ("b", "-d", "refs/heads/ b"):
        with pytest.raises(GitError):
            repo.update_ref(bad, second, first)
    assert repo.rev_parse("b") == second
    assert repo.diff_names(first, second) == ["a.txt"]
    assert "-a\n+2" in repo.diff(first, second)


def test_a_step_in_a_worktree_leaves_the_user_alone(root: Path, repo: Git, tmp_path: Path) -> None:
    (root / "a.txt").write_text("unsaved work")
    (root / "new").write_text("new")
    (root / "staged").write_text("staged")
    git(root, "add", "staged")
    before, base = snapshot(root), repo.head()
    work = repo.add_worktree(tmp_path / "work", "HEAD", "step 7", branch="upgrade/x-2")
    assert "step 7" in git(root, "worktree", "list", "--porcelain")
    (work.top / "a.txt").write_text("new\n")
    (work.top / "sub dir.txt").unlink()
    (work.top / "rubbish").write_text("left by a tool")
    sha = repo.commit(
        work, ["a.txt", "sub dir.txt"], "x: 1 -> 2\n\nbody\n\nUpgrade-Step: 7\nUpgrade-Ledger: 4:ab\n"
    )
    repo.remove_worktree(work.top)
    assert not work.top.exists()
    assert snapshot(root) == before
    assert (repo.head(), repo.rev_parse("upgrade/x-2")) == (base, sha)
    assert repo.diff_names(base, sha) == ["a.txt", "sub dir.txt"]
    assert repo.log_trailers("Upgrade-Step", branches="upgrade/*") == [(sha, "7")]
    assert repo.log_trailers("Upgrade-Ledger", sha) == [(sha, "4:ab")]
    assert repo.log_trailers("Upgrade-Step") == []
    assert git(root, "log", "-1", "--format=%an <%ae> %cn", sha) == "upgrader <upgrader@localhost> upgrader"


def test_the_users_name_is_used(
    root: Path, repo: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(root, "config", "user.name", "Ann")
    git(root, "config", "user.email", "ann@example.org")
    work = repo.add_worktree(tmp_path / "work", "HEAD", "")
    shas = []
    for number, author in enumerate(("", "Bot <bot@example.org>")):
        (work.top / "a.txt").write_text(str(number))
        shas.append(repo.commit(work, ["a.txt"], "m", author=author))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Env")
    (work.top / "a.txt").write_text("3")
    shas.append(repo.commit(work, ["a.txt"], "m"))
    said = [git(root, "log", "-1", "--format=%an, %cn", sha) for sha in shas]
    assert said == ["Ann, Ann", "Bot, Ann", "Env, Ann"]
    (work.top / "a.txt").write_text("4")
    with pytest.raises(GitError, match="is not an author"):
        repo.commit(work, ["a.txt"], "m", author="x\n<y>")


@pytest.mark.parametrize("case", ["nothing", "stray", "missing", "magic"])
def test_commits_that_are_not_made(root: Path, repo: Git, tmp_path: Path, case: str) -> None:
    work = repo.add_worktree(tmp_path / "work", "HEAD", "r")
    paths = ["a.txt"]
    match case:
        case "stray":
            (work.top / "a.txt").write_text("2")
            (work.top / "other").write_text("2")
            git(work.top, "add", "other")
        case "missing":
            paths = ["missing"]
        case "nothing":
            pass
        case _:
            (work.top / "other").write_text("2")
            paths = [":/"]
    with pytest.raises(GitError):
        repo.commit(work, paths, "m")
    assert work.head() == repo.head()


@pytest.mark.parametrize(
    "damage", ["none", "folder gone", "pointer gone", "record gone", "read-only", "locked twice"]
)
def test_worktrees_are_removed_in_any_state(root: Path, repo: Git, tmp_path: Path, damage: str) -> None:
    work = repo.add_worktree(tmp_path / "work", "HEAD", "r")
    match damage:
        case "folder gone":
            shutil.rmtree(work.top)
        case "pointer gone":
            (work.top / ".git").unlink()
        case "record gone":
            shutil.rmtree(work.git_dir)
        case "read-only":
            (work.top / "mod").mkdir()
            (work.top / "mod" / "f").write_text("")
            (work.top / "mod").chmod(0o500)
        case "locked twice":
            (work.git_dir / "locked").write_text("someone")
        case _:
            pass
    repo.remove_worktree(work.top)
    repo.remove_worktree(work.top)
    assert not work.top.exists()
    assert git(root, "worktree", "list", "--porcelain").count("worktree ") == 1
    repo.add_worktree(tmp_path / "work", "HEAD", "again")


def test_a_repository_of_someone_else_gets_advice(tmp_path: Path, root: Path) -> None:
    import os

    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for folder, _, _ in os.walk(root):
        os.chown(folder, 12345, 12345)
    with pytest.raises(GitError) as caught:
        Git.open(root)
    assert "safe.directory" in caught.value.advice
