"""The rules screen: order, hits, switching, trying, editing, mistakes told, an alarm sign."""

from __future__ import annotations

import stat
from contextlib import nullcontext
from pathlib import Path

import pytest
from driving import until
from textual.pilot import Pilot

from cminbox.errors import CminboxError
from cminbox.model import DAY, HOUR
from cminbox.rules.files import SHIPPED, load
from cminbox.screens.rules import editor
from cminbox.screens.rules.screen import RulesScreen
from cminbox.store import rule_hits
from cminbox.widgets.facts import Facts
from cminbox.widgets.item_list import ItemList
from cminbox.widgets.keys_line import KeysLine

MINE = "[[rule]]\nname = 'mine'\nwhen = 'is:open'\npriority = -7\nlabels = ['seen']\n"


async def shown(pilot: Pilot) -> RulesScreen:
    """The rules, by their key."""
    await until(pilot, lambda: pilot.app.screen.query("#keys-line"))
    await pilot.pause()
    await pilot.press("f5")
    await until(pilot, lambda: isinstance(pilot.app.screen, RulesScreen))
    await until(pilot, lambda: pilot.app.screen.query_one(ItemList).text)
    return pilot.app.screen


def listed(screen: RulesScreen) -> list[str]:
    return screen.query_one(ItemList).text.splitlines()


def folder(world) -> Path:
    found = world.config.paths.rules
    found.mkdir(parents=True, exist_ok=True)
    return found


def said(screen: RulesScreen) -> str:
    return screen.query_one(KeysLine).message


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_every_rule_in_its_order_with_what_it_hit(world, size) -> None:
    (folder(world) / "05-mine.toml").write_text(MINE)
    now = world.now
    world.store.write(
        lambda conn: rule_hits.add(
            conn,
            {
                (now // HOUR, "mine"): 55,
                ((now - 2 * DAY) // HOUR, "mine"): 3,
                ((now - 9 * DAY) // HOUR, "mine"): 8,
            },
            now,
        )
    )
    app = world.app()
    async with app.run_test(size=size) as pilot:
        screen = await shown(pilot)
        lines = listed(screen)
        assert len(lines) == len(load(folder(world)).all)
        assert lines[0].startswith("▲ mine")
        assert "-7" in lines[0].replace("−", "-")
        assert lines[0].split()[-2:] == ["55", "58"]
        assert lines[1].startswith("● ")
        if size[0] < 100:
            await pilot.press("enter")
        await until(pilot, lambda: screen.query_one(Facts).plain.startswith("mine"))
        assert "far more than it used to" in " ".join(screen.query_one(Facts).plain.split())


async def test_a_key_switches_a_rule_off_and_on_and_says_so(world) -> None:
    (folder(world) / "05-mine.toml").write_text(MINE)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        await pilot.press("space")
        await until(pilot, lambda: listed(screen)[0].startswith("○ mine"))
        assert "mine" in (folder(world) / "off.txt").read_text().splitlines()
        assert "mine is off" in said(screen)
        assert "mine" not in {rule.name for rule in load(folder(world)).rules}
        await pilot.press("space")
        await until(pilot, lambda: listed(screen)[0].startswith("● mine"))
        assert "mine" not in (folder(world) / "off.txt").read_text().splitlines()


async def test_a_changed_file_is_read_again_and_its_mistakes_are_told(world) -> None:
    file = folder(world) / "05-mine.toml"
    file.write_text(MINE)
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        file.write_text(MINE.replace("-7", "'x'"))
        await until(pilot, lambda: "05-mine.toml:4" in str(screen.query_one("#rules-head").content))
        assert "mine" in listed(screen)[0]
        file.write_text(MINE.replace("'mine'", "'ours'"))
        await until(pilot, lambda: "ours" in listed(screen)[0])
        assert "05-mine.toml:4" not in str(screen.query_one("#rules-head").content)


async def test_a_trial_shows_examples_and_writes_nothing(world) -> None:
    (folder(world) / "05-mine.toml").write_text(MINE)
    before = world.store.read().execute("SELECT total(priority), total(changed) FROM conversations").fetchone()
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        await pilot.press("t")
        await until(pilot, lambda: "would change" in said(screen))
        assert "-seen" in screen.query_one(Facts).plain
        assert not (folder(world) / "off.txt").exists()
    after = world.store.read().execute("SELECT total(priority), total(changed) FROM conversations").fetchone()
    assert tuple(after) == tuple(before)


def write_editor(tmp_path: Path, body: str) -> Path:
    program = tmp_path / "vi"
    program.write_text(f"#!/bin/sh\necho \"$@\" > '{tmp_path}/asked'\n{body}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


async def test_the_editor_opens_at_the_rule_and_what_it_saved_is_in_force(world, tmp_path, monkeypatch) -> None:
    file = folder(world) / "05-mine.toml"
    file.write_text("# mine\n" + MINE)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(write_editor(tmp_path, 'sed -i "s/-7/-8/" "$2"')))
    app = world.app()
    monkeypatch.setattr(app, "suspend", nullcontext)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        await pilot.press("e")
        await until(pilot, lambda: "no mistake" in said(screen))
        assert (tmp_path / "asked").read_text() == f"+2 {file}\n"
        assert "8" in listed(screen)[0]


async def test_a_shipped_file_is_edited_as_a_copy_that_stays_only_if_it_is_changed(
    world, tmp_path, monkeypatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(write_editor(tmp_path, "true")))
    shipped = sorted(SHIPPED.glob("*.toml"))[0]
    ours = shipped.read_bytes()
    app = world.app()
    monkeypatch.setattr(app, "suspend", nullcontext)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        await pilot.press("e")
        await until(pilot, lambda: "as it was" in said(screen))
        assert not (folder(world) / shipped.name).exists()
        write_editor(tmp_path, 'echo "[[rule]" >> "$2"')
        await pilot.press("e")
        await until(pilot, lambda: f"{shipped.name}:" in said(screen))
        assert (folder(world) / shipped.name).read_bytes() != ours
    assert shipped.read_bytes() == ours


async def test_without_an_editor_or_a_terminal_for_it_it_says_what_to_do(world, monkeypatch) -> None:
    (folder(world) / "05-mine.toml").write_text(MINE)
    monkeypatch.setenv("VISUAL", "true")
    app = world.app()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(pilot)
        await pilot.press("e")
        await until(pilot, lambda: "an editor cannot be opened from here" in said(screen))
        monkeypatch.setenv("VISUAL", "no-such-editor -x")
        await pilot.press("e")
        await until(pilot, lambda: "cannot run the editor" in said(screen))


@pytest.mark.parametrize(
    ("name", "words"),
    [("nano", ["+7", "F"]), ("hx", ["F:7"]), ("code", ["--wait", "--goto", "F:7"]), ("mine", ["F"])],
)
def test_each_editor_is_told_the_line_as_it_understands_it(tmp_path: Path, name: str, words: list[str]) -> None:
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    file = tmp_path / "r.toml"
    found = editor.command({"EDITOR": f"{name} -q", "PATH": str(tmp_path)}, file, 7)
    assert found == [name, "-q", *(word.replace("F", str(file)) for word in words)]
    with pytest.raises(CminboxError, match="cannot run"):
        editor.command({"EDITOR": "'", "PATH": str(tmp_path)}, file, 7)
