"""The command line: what it prints, its exit status, and its one-line errors."""

import sys
from pathlib import Path

import pytest

from goqueue import __version__
from goqueue.cli import main


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"goqueue {__version__}\n"


def test_show_one_version_and_one_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "12"]) == 0
    assert "known fault: a stop does not name what is left" in capsys.readouterr().out
    assert main(["show", "12", "pool"]) == 0
    assert "class Pool:" in capsys.readouterr().out


def test_diff_groups_by_part_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "11", "12"]) == 0
    out = capsys.readouterr().out
    assert "  - a job whose type has no handler fails at once, with a clear error" in out
    assert "  + submit after stop is a clear error, and keeps no job" in out
    assert "delete_job: a job that was not accepted leaves no trace." in out
    assert "+class Pool:" in out


def test_diff_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "11", "12", "storage.py", "--side-by-side"]) == 0
    assert "|     def delete_job(self, ctx: Context, job_id: str) -> None:" in capsys.readouterr().out


def test_diff_backwards_swaps_gained_and_lost(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "12", "11"]) == 0
    out = capsys.readouterr().out
    assert "  + a job whose type has no handler fails at once, with a clear error" in out
    assert "-class Pool:" in out


def test_the_finished_queue_is_shown_and_compared_like_a_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "13", "goqueue"]) == 0
    assert capsys.readouterr().out.startswith("13 Requeue with backoff -> goqueue: The finished queue\n")
    assert main(["diff", "13", "goqueue", "pool.py", "--side-by-side"]) == 0
    assert ' | """The pool: worker threads, a keeper, and how they stop.' in capsys.readouterr().out
    assert main(["show", "goqueue", "pool.py"]) == 0
    assert "class Pool:" in capsys.readouterr().out


def test_check_exit_status_says_whether_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "12", "legal_moves"]) == 0
    assert capsys.readouterr().out == "legal_moves on 12: kept\n"
    assert main(["check", "12", "no_handler"]) == 1
    assert "no_handler on 12: broken — " in capsys.readouterr().out


def test_check_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = tmp_path / "my_queue"
    main(["course", str(tmp_path / "course")])
    (tmp_path / "course" / "steps" / "step11_locked_storage").rename(copy)
    assert main(["check", str(copy), "no_half_change", "payload_is_copied"]) == 0
    storage = copy / "storage.py"
    storage.write_text(storage.read_text(encoding="utf-8").replace("return deepcopy(job)\n", "return job\n"), "utf-8")
    assert main(["check", str(copy), "no_half_change"]) == 1
    assert "those of one moment was expected" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["show", "14"], "no version '14': there are 8, 9, 10, 11, 12, 13"),
        (["show", "12", "nope"], "no file 'nope' in step12_worker_pool"),
        (["diff", "11", "twelve"], "no version 'twelve'"),
        (["diff", "11", "12", "nope.py"], "no file 'nope.py'"),
        (["diff", "13", "goqueue", "cli.py"], "no file 'cli.py' in step13_requeue_backoff or goqueue: there are ahead"),
        (["diff", "14", "goqueue"], "no version '14': there are 8, 9, 10, 11, 12, 13, and goqueue, the finished"),
        (["new", "mine", "--from", "goqueue"], "goqueue, the finished queue, is for diff and show, or `import goq"),
        (["check", "99"], "no version '99'"),
        (["check", "12", "world_peace"], "no promise 'world_peace': there are legal_moves"),
    ],
)
def test_errors_are_one_line_and_name_the_value(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("goqueue: ")
    assert named in err
    assert err.count("\n") == 1


def test_course_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "course"
    assert main(["course", str(folder)]) == 0
    assert (folder / "steps" / "steps.toml").is_file()
    mine = folder / "steps" / "steps.toml"
    mine.write_text("mine", "utf-8")
    assert main(["course", str(folder)]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert mine.read_text("utf-8") == "mine"


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["frobnicate"])
    assert stop.value.code == 2


def test_a_missing_library_is_one_line_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "nbformat", None)  # importing it fails, as where it is not installed
    assert main(["notebooks", "--check", "glossary"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("goqueue: this needs nbformat, which is not installed; run `python3 start.py lab` once")


def test_where_there_are_no_notebooks_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path)
    assert main(["notebooks", "--check"]) == 2
    assert "there are no notebooks here" in capsys.readouterr().out
