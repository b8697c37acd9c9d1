"""Whom a notice reaches, through which channels and when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from telling_desk import NOW, all_deliveries, configured, conversation, member, notice, plain, planned

from cminbox import paths
from cminbox.channels import ChannelConfig, Quiet
from cminbox.config import Config
from cminbox.delivery_states import Event
from cminbox.model import HOUR, MINUTE, SECOND
from cminbox.store import Store, deliveries, duty, events, notices
from cminbox.store.deliveries import Target
from stores import new_store

MAIL, OPS, PHONE = ChannelConfig("mail"), ChannelConfig("ops"), ChannelConfig("phone", frozenset({"crisis"}))
NIGHT = (Quiet(frozenset(range(7)), 0, 9 * 60),)  # it is 8:00
DAILY = frozenset(range(7))


@pytest.fixture
def config(home: object) -> Config:
    ana = member("ana", "mail:ana@shop.example", "phone", role="lead", teams=("care",))
    jo = member("jo", "mail:jo@shop.example", teams=("care", "press"))
    return configured(plain(paths.find()), ana, jo, member("lena"), channels=(MAIL, OPS, PHONE))


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with new_store(config.paths.store) as store:
        yield store


def reached(store: Store) -> set[Target]:
    return {one.target for one in all_deliveries(store)}


ANA, JO = Target("mail", "ana@shop.example", "ana"), Target("mail", "jo@shop.example", "jo")


def test_a_notice_reaches_who_has_the_part_and_not_who_did_it(store: Store, config: Config) -> None:
    notice(store, "assigned", people={"assignee": ["jo"]}, by="ana")
    notice(store, "assigned", people={"assignee": ["ana"]}, by="ana")
    planned(store, config)
    assert reached(store) == {JO}
    assert not notices.any_unplanned(store.read(), NOW)


def test_a_channel_carries_what_it_says(store: Store, config: Config) -> None:
    notice(store, "crisis")
    planned(store, config)
    assert reached(store) == {ANA, JO, Target("phone", "", "ana")}


def test_parts_are_those_of_the_conversation_where_nobody_says_otherwise(store: Store, config: Config) -> None:
    store.write(lambda conn: conversation(conn, 1, assignee="jo"))
    store.write(lambda conn: conversation(conn, 2, team="care"))
    notice(store, "due", conversation_id=1)
    planned(store, config)
    assert reached(store) == {JO}
    store.write(lambda conn: duty.say(conn, "jo", False, NOW, None, "member:jo"))
    notice(store, "due", conversation_id=2)
    planned(store, config)
    assert reached(store) == {JO, ANA}
    one = [each for each in all_deliveries(store) if each.target == ANA]
    assert len(one) == 1


def test_recipients_are_members_teams_channels_and_addresses(store: Store, config: Config) -> None:
    notice(store, "rule", recipients=["ops", "@jo", "mail:anna@lab.example"])
    planned(store, config)
    assert reached(store) == {Target("ops"), JO, Target("mail", "anna@lab.example")}
    notice(store, "rule", recipients=["team:care"])
    notice(store, "rule", recipients=["press"])
    planned(store, config)
    assert reached(store) >= {ANA, JO}


def test_a_notice_that_reaches_nobody_says_why(store: Store, config: Config) -> None:
    number = store.write(lambda conn: conversation(conn, 1))
    told = notice(store, "mentioned", people={"mentioned": ["lena"]}, conversation_id=number, by="ana")
    gone = notice(store, "rule", recipients=["opz"])
    nothing = notice(store, "rule")
    planned(store, config)
    found = [notices.get(store.read(), each) for each in (told, gone, nothing)]
    assert [each and each.nobody for each in found] == ["lena has no channel", "nobody is called opz", ""]
    (event,) = events.of(store.read(), number)
    assert (event.action, event.detail) == ("not told", {"of": "mentioned", "why": "lena has no channel"})


def test_without_channels_nothing_is_said(store: Store, config: Config) -> None:
    alone = config._replace(tell=config.tell._replace(channels=()))
    told = notice(store, "crisis")
    planned(store, alone)
    found = notices.get(store.read(), told)
    assert found is not None
    assert found.nobody == "no channel is configured"
    assert events.newest(store.read(), 5) == []


def test_who_works_without_a_team_is_told_through_every_channel(store: Store, config: Config) -> None:
    alone = config._replace(members=())
    notice(store, "source")
    planned(store, alone)
    assert reached(store) == {Target("mail"), Target("ops")}


def test_a_channel_that_several_members_name_is_a_room(store: Store, config: Config) -> None:
    room = configured(config, member("ana", "ops", role="lead"), member("jo", "ops"), channels=(OPS,))
    notice(store, "crisis")
    planned(store, room)
    assert reached(store) == {Target("ops")}


def test_a_burst_is_told_together_and_what_comes_soon_after_too(store: Store, config: Config) -> None:
    for _ in range(12):
        notice(store, "assigned", people={"assignee": ["jo"]})
    planned(store, config)
    (first,) = all_deliveries(store)
    assert first.next_try_at == NOW
    assert len(deliveries.carried(store.read(), first.id)) == 12
    begun = store.write(lambda conn: deliveries.move(conn, first, Event("begun"), NOW, columns={"sending_at": NOW}))
    store.write(lambda conn: deliveries.move(conn, begun, Event("accepted"), NOW))
    notice(store, "assigned", people={"assignee": ["jo"]}, at=NOW + SECOND)
    planned(store, config, NOW + SECOND)
    notice(store, "assigned", people={"assignee": ["jo"]}, at=NOW + MINUTE)
    planned(store, config, NOW + MINUTE)
    _, second = all_deliveries(store)
    assert second.next_try_at == NOW + 2 * MINUTE
    assert len(deliveries.carried(store.read(), second.id)) == 2


def test_each_alone_where_the_channel_says_so(store: Store, config: Config) -> None:
    each = configured(config, member("jo", "ops"), channels=(ChannelConfig("ops", digest=0),))
    for _ in range(3):
        notice(store, "assigned", people={"assignee": ["jo"]})
    planned(store, each)
    assert len(all_deliveries(store)) == 3


def test_quiet_hours_hold_back_and_what_gathers_is_told_at_their_end(store: Store, config: Config) -> None:
    quiet = configured(config, member("jo", "ops", quiet=NIGHT, digest=0), member("lena", role="lead"), channels=(OPS,))
    for _ in range(3):
        notice(store, "assigned", people={"assignee": ["jo"]})
    planned(store, quiet)
    (held,) = all_deliveries(store)
    assert held.next_try_at == NOW + HOUR
    assert len(deliveries.carried(store.read(), held.id)) == 3


def test_a_crisis_of_severity_one_breaks_them(store: Store, config: Config) -> None:
    quiet = configured(config, member("jo", "ops", quiet=NIGHT), channels=(OPS,))

    def crisis(severity: int) -> int:
        sql = "INSERT INTO crises (name, severity, status, declared_by, declared_at) VALUES ('x', ?, 'running', '', ?)"
        return store.write(lambda conn: conn.execute(sql, (severity, NOW)).lastrowid or 0)

    notice(store, "crisis", crisis_id=crisis(1))
    notice(store, "crisis", crisis_id=crisis(2))
    planned(store, quiet)
    urgent, other = all_deliveries(store)
    assert (urgent.urgent, urgent.next_try_at) == (True, NOW)
    assert (other.urgent, other.next_try_at) == (False, NOW + HOUR)


def test_what_can_be_taken_back_is_told_once_it_cannot(store: Store, config: Config) -> None:
    later = NOW + 10 * SECOND
    for key in ("assigned:7:jo", "assigned:8:jo"):
        notice(store, "assigned", people={"assignee": ["jo"]}, by="ana", key=key, at=later)
    planned(store, config)
    assert all_deliveries(store) == []
    assert store.write(lambda conn: deliveries.take_back(conn, "assigned:7:", NOW)) is False
    planned(store, config, later)
    (told,) = all_deliveries(store)
    assert [one.key for one in deliveries.carried(store.read(), told.id)] == ["assigned:8:jo"]
    assert store.write(lambda conn: deliveries.take_back(conn, "assigned:8:", later)) is False
    assert [one.status for one in all_deliveries(store)] == ["cancelled"]


def test_no_more_than_fit_are_told_in_one(store: Store, config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "MOST_IN_ONE", 5)
    for _ in range(deliveries.MOST_IN_ONE + 3):
        notice(store, "assigned", people={"assignee": ["jo"]})
    planned(store, config)
    numbers = [len(deliveries.carried(store.read(), one.id)) for one in all_deliveries(store)]
    assert numbers == [deliveries.MOST_IN_ONE, 3]
