"""What a terminal sends comes in packets of any size, with any time between: a key stays that key."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from cminbox.terminal.compat import BrokenEsc, EscAndKey, is_known_sequence, messages_of
from cminbox.terminal.keys import pressed_key, read_alt_digits
from cminbox.terminal.packets import BY_HAND_SECONDS, LOST_END_SECONDS, PacketReader

DELAY = 0.1
"""Seconds after which an Esc is an Esc."""
SOON, LATER = 0.05, (0.2, 1.0, 5.0)

KEYS = {
    "\x1b[A": "up",
    "\x1b[1;5A": "ctrl+up",
    "\x1bOA": "up",
    "\x1bOS": "f4",
    "\x1b[14~": "f4",
    "\x1b[15~": "f5",
    "\x1b[[A": "f1",
    "\x1b[3~": "delete",
    "\x1b[Z": "shift+tab",
    "\x1b[F": "end",
    "\x1b[27u": "escape",
    "\x1b[97;5u": "ctrl+a",
    "\x1b[49;3u": "alt+1",
}
REPORTS = {
    "\x1b[<0;10;5M": "MouseDown",
    "\x1b[<64;10;5M": "MouseScrollUp",
    "\x1b[I": "AppFocus",
    "\x1b[O": "AppBlur",
    "\x1b[200~e\x1b[201~": "paste e",
}


def spelled(message: Message) -> str:
    """A message as tests name it."""
    if isinstance(message, events.Key):
        return pressed_key(message)
    return f"paste {message.text}" if isinstance(message, events.Paste) else type(message).__name__


def sent(packets: Iterable[tuple[float, str]], end: float = DELAY) -> list[str]:
    """The keys, reports and texts that packets come to."""
    return [spelled(message) for message in messages(packets, end) if not isinstance(message, BrokenEsc)]


def messages(packets: Iterable[tuple[float, str]], end: float = DELAY) -> list[Message]:
    """What packets come to, each so many seconds after the one before; `end` more pass behind the last."""
    read_alt_digits()
    reader, parser, now, found = PacketReader(is_known_sequence, DELAY), XTermParser(), 100.0, list[Message]()

    def pass_by(seconds: float) -> None:
        nonlocal now
        wait = reader.wait(now)
        if wait is not None and wait <= seconds:
            take(reader.rest(now + wait))
        now += seconds

    def take(pieces: Iterable[object]) -> None:
        for piece in pieces:
            found.extend(messages_of(parser, piece))  # type: ignore[arg-type]

    for gap, data in packets:
        pass_by(gap)
        take(reader.read(data, now))
    pass_by(end)
    return found


def splits(sequence: str, parts: int) -> Iterable[list[str]]:
    for places in itertools.combinations(range(1, len(sequence)), parts - 1):
        yield [sequence[begin:end] for begin, end in itertools.pairwise((0, *places, len(sequence)))]


@pytest.mark.parametrize("sequence", [*KEYS, *REPORTS])
def test_a_key_in_one_packet_is_known_at_once(sequence: str) -> None:
    assert sent([(1.0, sequence)], end=0.0) == [{**KEYS, **REPORTS}[sequence]]


@pytest.mark.parametrize("sequence", [*KEYS, *REPORTS])
@pytest.mark.parametrize("parts", [2, 3])
def test_a_key_in_packets_that_follow_soon_is_that_key(sequence: str, parts: int) -> None:
    for packets in splits(sequence, parts):
        assert sent((SOON, packet) for packet in packets) == [{**KEYS, **REPORTS}[sequence]], packets
    assert sent((SOON, char) for char in sequence)[0] == {**KEYS, **REPORTS}[sequence]


@pytest.mark.parametrize("sequence", [*KEYS, *REPORTS])
@pytest.mark.parametrize("gap", LATER)
def test_what_comes_in_one_read_behind_an_escape_and_completes_a_key_is_that_key(sequence: str, gap: float) -> None:
    for packets in splits(sequence, 2):
        found = sent((gap, packet) for packet in packets)
        # The Esc was told of already: nobody could know.
        assert found in ([{**KEYS, **REPORTS}[sequence]], ["escape", {**KEYS, **REPORTS}[sequence]]), packets
        assert (len(found) == 2) == (packets[0] == "\x1b")


@pytest.mark.parametrize("sequence", [one for one in KEYS if len(one) > 3])
@pytest.mark.parametrize("gap", LATER)
def test_three_packets_run_no_command(sequence: str, gap: float) -> None:
    """What comes alone may be a key; the rest, which no person types at once, is none."""
    for packets in splits(sequence, 3):
        if any(len(packet) > 1 for packet in packets[1:]):
            found = sent((gap, packet) for packet in packets)
            assert found[-1] == KEYS[sequence], packets
            assert not {*found[:-1]} - {"escape", "[", "O"}, packets


@pytest.mark.parametrize("gap", [0.12, *LATER])
@pytest.mark.parametrize("sequence", ["\x1b[A", "\x1b[3~", "\x1bOS", "\x1b[1;5A"])
def test_keys_that_a_person_types_one_by_one_are_keys(sequence: str, gap: float) -> None:
    assert sent((gap, char) for char in sequence) == ["escape", *sequence[1:]]


def test_a_key_completed_in_a_burst_leaves_what_follows() -> None:
    assert sent([(1, "\x1b"), (1, "[Aee\x1b[B")]) == ["escape", "up", "e", "e", "down"]
    assert sent([(1, "ee\x1b"), (1, "[3~j")]) == ["e", "e", "escape", "delete", "j"]
    assert sent([(1, "\x1b[3"), (5, "~j")]) == ["delete", "j"]


def test_what_completes_no_key_is_what_was_typed() -> None:
    assert sent([(1, "\x1b"), (1, "[e")]) == ["escape", "[", "e"]
    assert sent([(1, "\x1b"), (1, "Oh")]) == ["escape", "O", "h"]
    assert sent([(1, "\x1b"), (1, "hello")]) == ["escape", *"hello"]
    assert sent([(1, "\x1b"), (1, "[[")]) == ["escape"]
    assert sent([(1, "\x1b"), (1, "[["), (1, "j")]) == ["escape", "[", "[", "j"]
    assert sent([(1, "\x1b"), (1, "[["), (1, "\x1b[B")]) == ["escape", "[", "[", "down"]


def test_an_escape_waits_no_longer_than_it_has_to() -> None:
    assert sent([(1, "\x1b")]) == ["escape"]
    assert sent([(1, "\x1b")], end=DELAY - 0.01) == []
    assert sent([(1, "\x1b"), (DELAY / 2, "\x1b")]) == ["escape", "escape"]
    assert sent([(1, "\x1b\x1b[A")]) == ["escape", "up"]


def test_alt_is_one_packet_and_escape_with_a_key_behind_it_two() -> None:
    assert sent([(1, "\x1bq")]) == ["alt+q"]
    assert sent([(1, "\x1bQ")]) == ["alt+Q"]
    assert sent([(1, "\x1b.")]) == ["alt+."]
    assert sent([(1, "\x1b1x")]) == ["alt+1", "x"]
    assert sent([(1, "\x1b"), (BY_HAND_SECONDS / 2, "q")]) == ["alt+q"]
    assert sent([(1, "\x1b"), (BY_HAND_SECONDS * 1.5, "q")]) == ["escape", "q"]
    assert sent([(1, "\x1b"), (0.06, "["), (0.06, "e")]) == ["escape", "[", "e"]
    assert sent([(1, "\x1b"), (0.06, "[")]) == ["escape", "["]
    assert sent([(1, "\x1b["), (1, "j")]) == ["alt+[", "j"]


@pytest.mark.parametrize("char", [*"abfu.1]!", "Q", "é", " ", "\r", "\t", "\x13", "\x7f"])
def test_escape_and_a_key_in_one_packet_tell_which_key_it_is(char: str) -> None:
    (both,), (alone,) = messages([(1, f"\x1b{char}")], end=2 * DELAY), messages([(1, char)])
    assert isinstance(both, EscAndKey)
    assert isinstance(alone, events.Key)
    assert (both.behind.key, both.behind.character, both.character) == (alone.key, alone.character, None)
    assert both.handler_name == "on_key"


def test_the_alt_of_the_kitty_protocol_is_alt() -> None:
    (key,) = messages([(1, "\x1b[117;3u")])
    assert (spelled(key), isinstance(key, EscAndKey)) == ("alt+u", False)


@pytest.mark.parametrize("sequence", [*KEYS, *REPORTS])
def test_an_escape_that_was_none_is_told_before_what_follows(sequence: str) -> None:
    found = messages([(1, "\x1b"), (0.3, f"{sequence[1:]}text")])
    assert [isinstance(one, BrokenEsc) for one in found[:3]] == [False, True, False]
    assert not any(isinstance(one, BrokenEsc) for one in messages([(1, "\x1b"), (SOON, sequence[1:])]))
    assert not any(isinstance(one, BrokenEsc) for one in messages([(1, "\x1b"), (0.3, "hello")]))


@pytest.mark.parametrize(
    "unknown", ["\x1b[?1;2c", "\x1b[?997;1n", "\x1b[57999;1z", "\x1bOz", "\x1b]11;rgb:0/0/0\x07", "\x1bP1+r\x1b\\"]
)
def test_a_sequence_that_means_nothing_here_is_no_key(unknown: str) -> None:
    assert sent([(1, f"{unknown}j")]) == ["j"]
    assert sent([(1, "j"), (1, unknown), (1, "j")]) == ["j", "j"]


def test_the_rest_of_a_sequence_that_was_lost_takes_nothing_with_it() -> None:
    assert sent([(1, "\x1b[1;"), (3, "j")]) == ["j"]
    assert sent([(1, "\x1b[1;\x1b[Bj")]) == ["down", "j"]
    assert sent([(1, "\x1b[" + "1" * 200), (1, "j")])[-1] == "j"


PASTED = "one\r\ntwo\x1b[31m\x07\tthree\x1b[2"


@pytest.mark.parametrize("gap", [0.01, *LATER])
def test_a_pasted_text_is_one_however_it_is_cut_and_nothing_of_it_is_a_key(gap: float) -> None:
    whole = f"\x1b[200~{PASTED}\x1b[201~q"
    expected = ["paste one\ntwo[31m\tthree[2", "q"]
    assert sent([(1, whole)]) == expected
    for packets in splits(whole, 2):
        if packets[0] != "\x1b":
            assert sent((gap, packet) for packet in packets) == expected
    assert sent([(0.01, char) for char in whole]) == expected


def test_a_paste_whose_end_was_lost_is_ended_by_hand() -> None:
    assert sent([(1, "\x1b[200~abc"), (LOST_END_SECONDS, "\x03"), (1, "q")]) == ["paste abc", "q"]
    assert sent([(1, "\x1b[200~abc"), (0.01, "\x03"), (0.01, "\x1b[201~q")]) == ["paste abc", "q"]


@given(
    st.lists(st.tuples(st.floats(0, 6), st.text(st.characters(exclude_characters="\x1b", codec="utf-8"), min_size=1)))
)
def test_text_is_text(packets: list[tuple[float, str]]) -> None:
    reader, now = PacketReader(is_known_sequence, DELAY), 0.0
    for gap, data in packets:
        now += gap
        assert reader.wait(now) is None
        assert reader.read(data, now) == [data]


@given(
    st.lists(st.sampled_from([*KEYS, *"jA3~[O", "é", "\x1bq", "\x1b1"]), min_size=1, max_size=6),
    st.lists(st.integers(1, 30), max_size=6),
)
def test_packets_that_follow_at_once_come_to_what_one_packet_does(typed: list[str], places: list[int]) -> None:
    whole = "".join(typed)
    cuts = sorted({place for place in places if place < len(whole)})
    packets = [whole[begin:end] for begin, end in itertools.pairwise((0, *cuts, len(whole)))]
    assert sent([(0.001, packet) for packet in packets]) == sent([(1, whole)])


@given(st.lists(st.tuples(st.floats(0, 3), st.text("\x1b[O1;5~AM<?e\x03P]\\", min_size=1, max_size=8)), max_size=8))
def test_no_bytes_are_too_much(packets: list[tuple[float, str]]) -> None:
    sent(packets)
