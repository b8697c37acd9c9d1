"""What `config.toml` and `brand.toml` say, and what is said where they are silent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cminbox import config, paths
from cminbox.config import Config, MemberConfig, SourceConfig, ViewConfig
from cminbox.errors import ConfigError, UsageError
from cminbox.model import DAY, HOUR, MINUTE, SECOND

FULL = """
[[source]]
name = "care"
network = "Mastodon"
base_url = "https://social.example/"
interval = "2m"
backfill = "3d"
visibility = "public"
hashtags = ["tea", "coffee"]

[[source]]
name = "press"
network = "feed"
owned = false
url = "https://news.example/feed.xml"

[[member]]
handle = "@ana"
name = "Ana López"
role = "lead"
teams = ["care", "press"]
login = "alopez"

[[member]]
handle = "jo"

[[view]]
name = "Angry"
query = "is:open sentiment:<-0.5"
sort = "waiting"
columns = ["priority", "author"]

[sla]
default = "90m"

[calendar]
zone = "Europe/Madrid"
mon = ["14:00-18:00", "09:00-13:00"]
sat = ["00:00-24:00"]
sun = []
holidays = [2026-12-25, "2026-01-01"]

[sending]
undo = "0s"

[team]
claim = "20m"

[engine]
idle_exit = "1h"

[store]
group = "care"

[display]
theme = "cminbox-light"
"""


def written(text: str, brand: str = "") -> Config:
    found = paths.find()
    found.config.mkdir(parents=True)
    found.config_file.write_text(text, encoding="utf-8")
    if brand:
        found.brand_file.write_text(brand, encoding="utf-8")
    return config.load(found)


def test_without_files_everything_has_its_default() -> None:
    found = config.load(paths.find())
    assert (found.sources, found.members, found.calendar, found.group, found.brand) == ((), (), None, None, {})
    assert [view.name for view in found.views] == ["Mine", "Unassigned", "Overdue", "Crisis", "All"]
    assert found.views[0].query == "is:open is:mine"
    times = (found.sla_default, found.undo_ms, found.claim_ms, found.idle_exit_ms)
    assert times == (4 * HOUR, 10 * SECOND, 15 * MINUTE, 10 * MINUTE)
    assert found.theme == "cminbox-dark"


def test_an_empty_file_says_nothing() -> None:
    assert written("# nothing yet\n") == config.load(paths.find())


def test_everything_that_can_be_said() -> None:
    found = written(FULL, '[facts]\nfounded = 1998\n[tone]\nx = "short"\n')
    assert found.sources == (
        SourceConfig(
            name="care",
            network="mastodon",
            base_url="https://social.example",
            interval=2 * MINUTE,
            backfill=3 * DAY,
            options={"visibility": "public", "hashtags": ["tea", "coffee"]},
        ),
        SourceConfig(name="press", network="feed", owned=False, options={"url": "https://news.example/feed.xml"}),
    )
    assert found.members == (
        MemberConfig("ana", "Ana López", "lead", ("care", "press"), "alopez"),
        MemberConfig("jo", "jo", "responder", (), "jo"),
    )
    assert found.views == (ViewConfig("Angry", "is:open sentiment:<-0.5", "waiting", ("priority", "author")),)
    assert found.calendar is not None
    assert found.calendar.zone == "Europe/Madrid"
    assert found.calendar.days == {0: ((540, 780), (840, 1080)), 5: ((0, 1440),)}
    assert found.calendar.holidays == (date(2026, 1, 1), date(2026, 12, 25))
    assert (found.sla_default, found.undo_ms, found.claim_ms, found.idle_exit_ms) == (90 * MINUTE, 0, 20 * MINUTE, HOUR)
    assert (found.group, found.theme) == ("care", "cminbox-light")
    assert found.brand == {"facts": {"founded": 1998}, "tone": {"x": "short"}}


@pytest.mark.parametrize("value", ['"none"', "false"])
def test_a_team_may_have_no_sla(value: str) -> None:
    assert written(f"[sla]\ndefault = {value}\n").sla_default is None


def test_a_source_is_found_by_name() -> None:
    found = written(FULL)
    assert found.source("press").network == "feed"
    with pytest.raises(UsageError, match="no source") as caught:
        found.source("pres")
    assert caught.value.hint == 'did you mean "press"?'
    with pytest.raises(UsageError) as caught:
        Config(paths.find()).source("press")
    assert "no [[source]] yet" in caught.value.hint


def test_a_complaint_about_an_option_says_its_line() -> None:
    found = written(FULL)
    problem = found.source_error("press", "url", "the feed needs an address", "add url")
    assert problem.line() == f"{found.paths.config_file}:15: the feed needs an address — add url"
    # A key that is not there: the source it should be in.
    assert found.source_error("press", "base_url", "x").line_number == 11


def test_names_in_every_script(home: Path) -> None:
    found = written('[[source]]\nname = "दुकान"\nnetwork = "feed"\n[[member]]\nhandle = "ગીતા"\n')
    assert found.sources[0].name == "दुकान"
    assert found.members[0].handle == "ગીતા"
    assert home in found.paths.config.parents


def test_competitors_of_the_brand() -> None:
    found = written("", brand='name = "x"\ncompetitors = ["Blue Stork", "@teahouse", "O2"]\n')
    assert found.competitors == ("Blue Stork", "teahouse", "O2")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('competitors = "Blue Stork"', "competitors must be a list of texts"),
        ("competitors = [1]", "competitors must be a list of texts, and has 1 in it"),
        ('competitors = ["ok", " "]', "competitors cannot have '' in it — write names"),
        ('competitors = ["??"]', "competitors cannot have '??' in it"),
        ('competitors = ["x"]', "competitors cannot have 'x' in it"),
    ],
)
def test_competitors_that_are_no_names_are_told(line: str, told: str) -> None:
    with pytest.raises(ConfigError) as raised:
        written("", brand=f'name = "x"\n{line}\n')
    assert told in raised.value.line()
    assert "brand.toml:2: " in raised.value.line()


def test_a_broken_brand_file_is_told() -> None:
    with pytest.raises(ConfigError, match=r"brand\.toml:1:\d+: not TOML"):
        written("", brand="name = \n")
