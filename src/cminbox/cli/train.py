"""`train`: learns from what people corrected, says what that gains, and writes it where it does."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cminbox.cli import output
from cminbox.cli.session import Session
from cminbox.errors import UsageError
from cminbox.number_format import count_of
from cminbox.rules import training
from cminbox.rules.lexicon import languages, learned_file
from cminbox.rules.training import FEWEST, LEFT_ALONE, Judged, Lesson, Sample
from cminbox.store import judged

_SHOWN = 12


def add(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("train")(train)


def train(
    ctx: typer.Context,
    language: Annotated[str, typer.Option(metavar="CODE", help="Only this language, as en or hi-Latn.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be learnt; write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Learn from corrections how people here sound.

    What is learnt of a language is written to lexicons/CODE.learned.tsv; deleting the file forgets it.
    """
    session = Session.of(ctx)
    if not dry_run:
        session.check_may()
    counts = dict(judged.languages(session.conn))
    folder = session.paths.lexicons
    readable = {*languages(), *(path.stem for path in folder.glob("*.tsv"))}
    if language and language not in readable:
        raise UsageError(f"there is no word list for {language!r}", f"there are {', '.join(languages())}")
    found: list[dict[str, Any]] = []
    for code in [language] if language else sorted(counts, key=lambda one: (-counts[one], one)):
        many = counts.get(code, 0)
        if many < FEWEST or code not in readable:
            shape: dict[str, Any] = {"language": code, "corrections": many, "written": None}
            shape["why"] = f"{FEWEST} are needed" if many < FEWEST else "there is no word list"
            if not as_json:
                output.say(f"{code}: {count_of(many, 'correction')}, {shape['why']}; nothing is learnt")
        else:
            lesson = _lesson(session, code)
            path = training.write(lesson, folder) if lesson.gains and not dry_run else None
            shape = _shape(lesson, str(path) if path is not None else None)
            if not as_json:
                _say(lesson, session, written=path is not None)
        found.append(shape)
    if as_json:
        output.say_json(found)
    elif not found:
        output.say("no sentiment was corrected yet: c does in the queue, cminbox do correct in the shell")


def _lesson(session: Session, code: str) -> Lesson:
    samples = [Sample(*one) for one in judged.corrected(session.conn, code)]
    beside = [Sample(*one) for one in judged.left_alone(session.conn, code, LEFT_ALONE * len(samples))]
    return training.learn(code, samples, beside, session.paths.lexicons)


def _say(lesson: Lesson, session: Session, *, written: bool) -> None:
    """What was learnt, what it gains, where it is, and how it is undone."""
    beside = f", and {count_of(lesson.left_alone, 'message')} answered as they were" if lesson.left_alone else ""
    output.say(f"{lesson.language}: {count_of(lesson.samples, 'correction')}{beside}")
    leaning, words = lesson.learned.leaning, list(lesson.learned.entries.items())
    output.say(f"  leaning    negative {leaning.negative:+.2f}, positive {leaning.positive:+.2f}")
    if words:
        more = f", and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
        output.say(f"  words      {', '.join(f'{word} {entry.valence:+g}' for word, entry in words[:_SHOWN])}{more}")
    before, after = lesson.before, lesson.after
    output.say(f"  right      {before.right:.1%} before, {after.right:.1%} with it, on texts that it had not seen")
    output.say(f"  negative   found {before.recall:.1%} before, {after.recall:.1%} with it")
    output.say(f"             right {before.precision:.1%} before, {after.precision:.1%} with it")
    path = learned_file(lesson.language, session.paths.lexicons)
    if written:
        output.say(f"  written    {path}; delete it to forget what was learnt")
    elif lesson.gains:
        output.say(f"  not written (--dry-run): {path}")
    else:
        stays = "; what was learnt before stays" if path.is_file() else ""
        output.say(f"  nothing written: it gains nothing that is more than chance{stays}")


def _shape(lesson: Lesson, written: str | None) -> dict[str, Any]:
    return {
        "language": lesson.language,
        "corrections": lesson.samples,
        "answered_as_they_were": lesson.left_alone,
        "leaning": lesson.learned.leaning._asdict(),
        "words": {word: [entry.valence, entry.neutral] for word, entry in lesson.learned.entries.items()},
        "before": _figures(lesson.before),
        "after": _figures(lesson.after),
        "gains": lesson.gains,
        "written": written,
    }


def _figures(one: Judged) -> dict[str, float]:
    return {
        "right": round(one.right, 4),
        "macro_f1": round(one.mean, 4),
        "negative_recall": round(one.recall, 4),
        "negative_precision": round(one.precision, 4),
    }
