"""The documents say what the program does: every name of it is there, no other, and every link leads somewhere."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest
from source_trees import classes, family

from cli_commands import commands
from cminbox import config, paths
from cminbox.commands.entries import COMMANDS
from cminbox.commands.keys import SETS
from cminbox.commands.registry import CONTEXTS
from cminbox.config import Config
from cminbox.duration import format_duration, parse_duration
from cminbox.errors import ConfigError
from cminbox.sources import registry
from cminbox.sources.contract import Info
from cminbox.widgets.queue_columns import USUAL

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])

TABLES = {
    "source": '[[source]]\nname = "a"\nnetwork = "feed"\n',
    "member": '[[member]]\nhandle = "a"\n',
    "channel": '[[channel]]\nname = "a"\n',
    "tell": "[tell]\n",
    "view": '[[view]]\nname = "a"\n',
    "sla": "[sla]\n",
    "calendar": '[calendar]\nzone = "UTC"\nmon = ["09:00-17:00"]\n',
    "shift": '[[member]]\nhandle = "a"\n[[shift]]\nname = "s"\nzone = "UTC"\nmembers = ["a"]\nmon = ["09:00-17:00"]\n',
    "answers": '[answers]\nhost = "imap.example"\nuser = "a"\n',
    "sending": "[sending]\n",
    "team": "[team]\n",
    "handover": "[handover]\n",
    "engine": "[engine]\n",
    "store": "[store]\n",
    "display": "[display]\n",
}
"""Each table of `config.toml` with no more in it than it needs."""


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def section(page: str, heading: str) -> str:
    """What stands below a heading, up to the next of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    start = page.index(f"\n{heading}\n") + len(heading) + 2
    end = re.search(rf"^#{{1,{level}}} ", page[start:], re.MULTILINE)
    return page[start : start + end.start()] if end else page[start:]


def rows(part: str) -> dict[str, list[str]]:
    """The rows of a table whose first cell is a name in backquotes, with their other cells."""
    found = re.findall(r"^\| `([^`]+)` \|(.*)\|$", part, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in found}


def anchors(page: str) -> set[str]:
    """The names by which links reach a page's headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings)
    return set(plain)


def loaded(folder: Path, toml: str) -> Config:
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(toml, "utf-8")
    return config.load(paths.find(folder, folder / "data"))


def known_keys(folder: Path, toml: str) -> set[str]:
    """The keys that the configuration says it knows when it is given one that it does not."""
    with pytest.raises(ConfigError) as told:
        loaded(folder, f"{toml}qqqqqqqqqqqq = 1\n")
    assert told.value.hint.startswith("known: ")
    return set(told.value.hint.removeprefix("known: ").split(", "))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    body = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", body):
        if re.match(r"https?://", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if file.suffix == ".svg":
            continue  # the picture of the queue is drawn by a script
        assert file.is_file(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(file.read_text("utf-8")), f"{page.name}: {target}"


def test_the_contents_list_every_page() -> None:
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", text("docs/index.md")))
    assert listed == {page.name for page in DOCS.glob("*.md")} - {"index.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_project_speaks_of_itself_alone(page: Path) -> None:
    said = page.read_text("utf-8")
    assert not re.search(r"/work/|/root/|/tmp/|Co-authored-by|pypi\.org", said)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_in_toml_is_toml(page: Path) -> None:
    for example in re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        tomllib.loads(example)


def test_the_tables_of_the_configuration_are_documented_and_no_others(tmp_path: Path) -> None:
    part = section(text("docs/configuration.md"), "## config.toml")
    documented = set(re.findall(r"^### `\[+(\w+)\]+`$", part, re.MULTILINE))
    assert documented == set(TABLES) == known_keys(tmp_path, "")


@pytest.mark.parametrize("table", TABLES)
def test_the_keys_of_a_table_are_documented_and_no_others(table: str, tmp_path: Path) -> None:
    heading = f"### `[[{table}]]`" if f"[[{table}]]" in TABLES[table] else f"### `[{table}]`"
    documented = set(rows(section(text("docs/configuration.md"), heading)))
    if table == "view":
        documented -= set(config.COLUMNS)  # they have a table of their own there
    if table == "source":  # what it does not know belongs to the adapter
        assert documented == set(config.SourceConfig._fields) - {"options"}
    else:
        assert documented == known_keys(tmp_path, TABLES[table])


def test_every_column_is_documented_and_no_other() -> None:
    part = section(text("docs/configuration.md"), "### `[[view]]`")
    assert [name for name in rows(part.partition("| column |")[2])] == list(config.COLUMNS)
    usual = re.findall(r"`(\w+)`", part.partition("The usual ones are")[2].partition(". On")[0])
    assert tuple(usual) == USUAL


def test_documented_defaults_are_those_that_hold(tmp_path: Path) -> None:
    page = text("docs/configuration.md")

    def default(heading: str, key: str) -> str:
        return rows(section(page, heading))[key][0].strip("`").strip('"')

    found = loaded(tmp_path, TABLES["source"] + TABLES["member"] + TABLES["view"])
    assert parse_duration(default("### `[sla]`", "default")) == found.sla_default
    assert parse_duration(default("### `[sending]`", "undo")) == found.undo_ms
    assert parse_duration(default("### `[team]`", "claim")) == found.claim_ms
    assert parse_duration(default("### `[engine]`", "idle_exit")) == found.idle_exit_ms
    assert (default("### `[store]`", "group"), found.group) == ("none", None)
    assert default("### `[display]`", "theme") == found.theme
    (source,), (member,), (view,) = found.sources, found.members, found.views
    assert parse_duration(default("### `[[source]]`", "backfill")) == source.backfill
    assert (default("### `[[source]]`", "owned"), source.owned) == ("true", True)
    assert default("### `[[member]]`", "role") == member.role
    assert default("### `[[view]]`", "sort") == view.sort


def test_the_example_of_a_configuration_is_right(tmp_path: Path) -> None:
    part = section(text("docs/configuration.md"), "### An example")
    (example,) = re.findall(r"```toml\n(.*?)```", part, re.DOTALL)
    found = loaded(tmp_path, example)
    assert [source.name for source in found.sources] == ["shop", "reviews"]
    for source in found.sources:
        assert registry.check_options(registry.info(source.network), source.options) == []


def test_the_example_of_keys_is_right(tmp_path: Path) -> None:
    from cminbox.commands import keys

    part = section(text("docs/configuration.md"), "## keys.toml")
    (example,) = re.findall(r"```toml\n(.*?)```", part, re.DOTALL)
    (tmp_path / "keys.toml").write_text(example, "utf-8")
    keymap = keys.load(tmp_path / "keys.toml")
    closing = keymap.find("queue", ["x"])
    assert closing is not None
    assert closing.id == "conversation.close"
    assert [macro.name for macro in keymap.macros] == ["thanks"]
    assert set(rows(part.partition("\n### ")[0])) == {"set", "[[macro]]", *(f"[{context}]" for context in CONTEXTS)}
    assert all(f"`{name}`" in rows(part)["set"][0] for name in SETS)


INFOS = {name: registry.info(name) for name, entry in registry.networks().items() if entry.ours}


def test_every_network_has_a_page_and_the_tables_are_what_the_adapters_say() -> None:
    assert {path.stem for path in (ROOT / "docs/networks").glob("*.md")} == set(INFOS)
    written = text("docs/networks.md")
    assert written == runpy.run_path(str(ROOT / "docs" / "dev" / "make_networks.py"))["page"](written), (
        "run: python docs/dev/make_networks.py"
    )


@pytest.mark.parametrize("info", INFOS.values(), ids=INFOS)
def test_a_network_is_documented_as_its_adapter_says(info: Info) -> None:
    part = text(f"docs/networks/{info.network}.md")
    assert part.startswith(f"# {info.network}\n")
    facts = {name: cell for name, cell in re.findall(r"^\| `?([\w ]+)`? \| (.*) \|$", part, re.MULTILINE) if name}
    table = part.partition("## The format")[0].partition("| option |")[2]
    assert set(rows(table)) == {option.name for option in info.options}
    for option in info.options:
        usual = str(option.default).lower() if isinstance(option.default, bool) else f'"{option.default}"'
        wanted = "needed" if option.required else "none" if option.default is None else f"`{usual}`"
        default, meaning = rows(table)[option.name]
        assert default == wanted
        assert set(re.findall(r"`([a-z]+)`", meaning)) >= set(option.choices)
    assert facts["base_url"].startswith("needed") == info.base_url
    assert (info.secret is None) == facts["secret"].startswith("none")
    for scope in re.findall(r"(?:read|write):\w+", info.secret or ""):
        assert f"`{scope}`" in facts["secret"]
    able = info.capabilities
    assert facts["can"] == ", ".join(able.words())
    assert facts["shortest interval"].split(" ")[0] == format_duration(able.min_interval)
    if able.reply:
        assert facts["longest reply"].startswith(f"{able.counting.limit},")
        assert f"counts {able.counting.url_weight}," in facts["longest reply"]


def test_the_format_of_json_lines_is_documented_whole() -> None:
    from cminbox.sources.networks.jsonl import decode, parse

    part = section(text("docs/networks/jsonl.md"), "## The format")
    needed = {name for name, cells in rows(part).items() if cells[0] == "yes"}
    (example,) = re.findall(r"```json\n(.*?)```", part, re.DOTALL)
    raw = decode(example.encode())
    assert set(raw) == needed
    assert parse(raw).author.handle == "ana"
    for key in needed:
        with pytest.raises(Exception, match=key):
            parse({name: value for name, value in raw.items() if name != key})


def test_every_command_of_the_command_line_is_documented() -> None:
    page = text("docs/cli.md")
    # A command within a group stands there by itself too, in the table of its group.
    names = {
        words: rf"`(cminbox )?({re.escape(words)}|{words.split(' ')[-1]})\b"
        for words, command in commands()
        if not command.hidden
    }
    assert [words for words, name in names.items() if not re.search(name, page)] == []


def test_every_option_of_the_command_line_is_documented() -> None:
    page = text("docs/cli.md") + text("docs/sending.md")
    missing = [
        f"{words} {name}"
        for words, command in commands()
        if not command.hidden
        for parameter in command.params
        if parameter.param_type_name == "option" and not getattr(parameter, "hidden", False)
        for name in parameter.opts
        if name.startswith("--") and name != "--help" and not re.search(rf"{re.escape(name)}\b", page)
    ]
    assert missing == []


def test_every_command_of_the_registry_and_each_of_its_keys_is_documented() -> None:
    from cminbox.commands.keys import parse_key, show_key

    page = text("docs/keys.md")
    for command in COMMANDS:
        lines = [line for line in page.splitlines() if f"`{command.name}" in line or f"`:{command.name}" in line]
        assert lines, command.name
        for keys in command.keys.values():
            for key in keys:
                shown = show_key(parse_key(key))
                assert f"`{shown}`" in page or f"`{shown.replace('|', chr(92) + '|')}`" in page, command.name


def test_the_architecture_knows_every_part_of_the_house_and_the_order_of_its_layers() -> None:
    page = text("ARCHITECTURE.md")
    house = section(page, "## The house")
    source = ROOT / "src" / "cminbox"
    parts = {path.name for path in source.glob("*.py")} | {
        f"{path.name}/" for path in source.iterdir() if path.is_dir() and path.name[0] != "_"
    }
    named = set(re.findall(r"(?<![\w/])(\w+(?:\.py|/))", house)) - {"src/"}
    assert parts - named <= {"__init__.py"}
    assert named <= parts
    (drawn,) = re.findall(r"```\n(.*?)```", section(page, "## Layers"), re.DOTALL)
    layers = [sorted(re.findall(r"\w+", layer)) for layer in re.split("→", drawn)]
    contract = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"][0]["layers"]
    held = [sorted(set(re.findall(r"\w+", layer)) - {"demo"}) for layer in contract]
    assert layers[:-2] == held[1:-2]
    assert [sorted(layers[-2] + layers[-1])] == [sorted(held[-2] + held[-1])]


def test_rows_of_tables_are_whole() -> None:
    for page in PAGES:
        lines = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL).splitlines()
        assert all(line.endswith("|") for line in lines if line.startswith("|")), page.name


def test_the_page_of_files_is_up_to_date() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "dev" / "make_files.py"))
    assert text("docs/dev/files.md") == made["page"](), "run: python docs/dev/make_files.py"
    assert not [line for line in made["page"]().splitlines() if line.endswith("` |  |")], (
        "a module says nothing of itself"
    )


def test_the_architecture_is_short() -> None:
    """It is read before the first change; the rest stands in docs/dev."""
    assert len(text("ARCHITECTURE.md").split()) <= 900


def test_files_that_developers_are_sent_to_are_there() -> None:
    files = [f"/{path.relative_to(ROOT).as_posix()}" for part in ("src", "tests", "benchmarks", "docs")
             for path in (ROOT / part).rglob("*.py")]  # fmt: skip
    gone = {
        f"{page.name}: {name}"
        for page in (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs" / "dev").rglob("*.md"))
        if page.name != "files.md"
        for name in re.findall(r"[\w/]+\.py\b", page.read_text("utf-8"))
        if not any(file.endswith(f"/{name.lstrip('/')}") for file in files)
    }
    assert gone == set()


def test_names_of_classes_that_developers_are_sent_to_are_there() -> None:
    known: dict[str, set[str]] = {}
    for key, one in classes().items():
        known.setdefault(one.name, set()).update(name for each in family(key) for name in each.own)
    named = [
        (page.name, *parts)
        for page in (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md", *(DOCS / "dev").glob("*.md"))
        for parts in re.findall(r"`([A-Z]\w*[a-z]\w*)\.(\w+)", page.read_text("utf-8"))
    ]
    assert [f"{page}: {one}.{part}" for page, one, part in named if part not in known.get(one, set())] == []
    assert len(named) > 40
