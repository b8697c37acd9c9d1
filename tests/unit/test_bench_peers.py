"""What the mail programs get is what ours gets; the tables say who is how many times what."""

from __future__ import annotations

import email
import email.policy
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

_BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def load() -> Iterator[object]:
    """Imports modules of the benchmarks, which are run as scripts and name each other without a package."""
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(_BENCHMARKS))
        yield importlib.import_module
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(_BENCHMARKS)):
            del sys.modules[name]


def parsed(file: Path) -> email.message.EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def test_a_maildir_has_every_message_once_with_its_text_people_and_thread(load, tmp_path: Path) -> None:
    generator: ModuleType = load("generator")
    maildir: ModuleType = load("maildir")
    rows = list(generator.messages(300, made=generator.base(tmp_path)))
    assert maildir.write(tmp_path / "box", rows) == 300
    mails = [parsed(file) for file in (tmp_path / "box" / "cur").iterdir()]
    by_id = {mail["Message-ID"].strip("<>").partition("@")[0]: mail for mail in mails}
    assert len(by_id) == 300
    for row in rows:
        mail = by_id[row["id"]]
        assert mail.get_content().rstrip("\n") == row["text"]
        assert mail["From"].addresses[0].display_name == row["author"]["handle"]
        assert mail["Subject"] == " ".join(row["text"][:60].split())
        assert mail["Date"].datetime.isoformat() == row["created_at"]
        parent = mail["In-Reply-To"]
        assert (parent and parent.strip("<>").partition("@")[0]) == row.get("parent")
    assert not list((tmp_path / "box" / "new").iterdir())


def test_the_matrix_says_how_many_times_ours_the_others_are(load) -> None:
    matrix = load("matrix").Matrix("ours", ["ours", "theirs", "third"])
    matrix.add("first rows", "ms", {"ours": 200.0, "theirs": 800.0})
    matrix.add("nothing", "ms", {})
    assert matrix.ratio("first rows", "theirs") == 0.25
    assert matrix.ratio("first rows", "third") is None
    head, row = matrix.table().splitlines()
    assert head.split() == ["ours", "theirs", "third"]
    assert row.split() == ["first", "rows", "ms", "200", "800", "(×4)"]
    assert matrix.plain() == [{"measure": "first rows", "unit": "ms", "values": {"ours": 200.0, "theirs": 800.0}}]


def test_a_figure_is_held_against_its_target(load) -> None:
    figures = load("figures")
    found = figures.Figures({"messages": 5})
    found.add("fast", 9.0, "ms", most=10)
    found.add("slow", 11.0, "ms", most=10)
    found.add("share", 0.5, least=0.6)
    found.add("told only", 1.0)
    assert [figure.reached for figure in found.all] == [True, False, False, None]
    assert found.table().count("✗") == 2
    assert figures.quantile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.5
