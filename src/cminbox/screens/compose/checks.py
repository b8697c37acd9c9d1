"""What stands against sending a reply: some of it is told while it is written, some stops it."""

from __future__ import annotations

from cminbox.desk.reply_draft import ReplyDraft, missing
from cminbox.errors import ActionError


def warnings(draft: ReplyDraft, text: str, lang: str, *, written_since: bool) -> tuple[str, ...]:
    """What the person should know before they send, in words.

    Args:
        lang: the language of the text.
        written_since: whether something was written there since the composer opened.
    """
    found = ["they wrote again, or somebody answered"] if written_since else []
    found += [f"{name} is empty" for name in missing(text)]
    if lang and draft.lang and lang != draft.lang:
        found.append(f"the text is {lang}, they write {draft.lang}")
    return tuple(found)


def check(draft: ReplyDraft, text: str) -> None:
    """Look whether a text can be sent.

    Raises:
        ActionError: it is empty, has unfilled variables, or is longer than the network takes.
    """
    if not text.strip():
        raise ActionError("nothing is written yet", "write, or take a template with a digit")
    if names := missing(text):
        raise ActionError(f"not sent: {', '.join(names)} is empty", "fill it in, or take it out")
    left = draft.left(text)
    if left is not None and left < 0:
        raise ActionError(f"not sent: {-left} too long for {draft.row.network}", "shorten it")
