"""Who watches a conversation is told of what others do in it, once, and of no more than they can read."""

from __future__ import annotations

from desk_office import Office

from cminbox.desk import Assign, Close, Escalate, Label, Take, Unwatch, Watch
from cminbox.model import MINUTE
from cminbox.store import notices


def told(office: Office, member: str = "ana") -> list[str]:
    """What somebody is told of what they watch, without whom it is about."""
    office.engine(1)
    found = notices.unplanned(office.store.read(), office.now, 1000)
    mine = [one for one in found if one.kind == "watched" and one.people == {"watchers": [member]}]
    return [one.title.partition("): ")[2] or one.title for one in mine]


def test_what_others_do_is_told_and_ones_own_is_not(office: Office) -> None:
    number = office.write()
    office.ana.do(Watch(), [number])
    office.now += 1000
    assert told(office) == []
    office.ana.do(Take(), [number])
    office.lena.do(Label(add=("angry",)), [number])
    assert told(office) == []
    office.lena.do(Assign("dan"), [number])
    assert told(office) == ["assigned to dan by lena"]
    office.write("it is on its way", to=number, direction="out", author="us")
    assert told(office)[1:] == ["answered"]
    office.write("thanks", to=number)
    assert told(office)[2:] == ["they wrote"]
    office.lena.do(Escalate(crisis_name="Storm", reason="many"), [number])
    office.lena.do(Close(), [number])
    assert told(office)[3:] == ["escalated by lena, closed by lena"]
    office.ana.do(Unwatch(), [number])
    office.write("hello?", to=number)
    assert len(told(office)) == 4


def test_a_burst_of_theirs_is_told_once_until_somebody_answers(office: Office) -> None:
    number = office.write()
    office.now += MINUTE
    office.ana.do(Watch(), [number])
    office.now += 1000
    for text in ("hello?", "anybody?", "!!!"):
        office.write(text, to=number)
        told(office)
    assert told(office) == ["they wrote"]
    office.write("yes", to=number, direction="out", author="us")
    office.write("at last", to=number)
    assert told(office)[1:] == ["answered, they wrote"]


def test_what_was_before_somebody_watched_is_not_told(office: Office) -> None:
    number = office.write()
    office.lena.do(Assign("dan"), [number])
    office.now += MINUTE
    office.ana.do(Watch(), [number])
    office.now += 1000
    assert told(office) == []


def test_what_is_undone_at_once_is_not_told(office: Office) -> None:
    number = office.write()
    office.ana.do(Watch(), [number])
    office.now += 1000
    office.lena.do(Close(), [number])
    office.lena.undo()
    assert told(office) == []


def test_one_act_on_many_is_one_notice(office: Office) -> None:
    ids = [office.write() for _ in range(12)]
    office.ana.do(Watch(), ids)
    office.now += 1000
    office.dan.do(Watch(), ids[:1])
    office.now += 1000
    office.lena.do(Close(), ids)
    assert told(office) == ["12 conversations that you watch: closed by lena, …"]
    assert told(office, "dan") == ["closed by lena"]
