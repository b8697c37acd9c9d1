"""Who acts: the account of the process, and what a member's role lets them do."""

from __future__ import annotations

import os
import pwd
from collections.abc import Sequence

from cminbox.errors import ActionError
from cminbox.model import Member, Role

MAY_ACT: tuple[Role, ...] = ("lead", "responder", "drafter")
"""Who may change what the team works on; a drafter's replies wait for approval."""
MAY_MANAGE: tuple[Role, ...] = ("lead", "responder")
"""Who may bring messages in, keep secrets, and approve what a drafter wrote."""
MAY_ERASE: tuple[Role, ...] = ("lead",)
"""Who may erase what is stored."""


def account_name() -> str:
    """The account that runs this process, by its uid: what the environment says of it anybody can write.

    Where the host has no name for it, its number.
    """
    name = _name_of(os.getuid())
    return str(os.getuid()) if name is None else name


def account_has_name() -> bool:
    """Whether the host has a name for the account; in containers it often has none."""
    return _name_of(os.getuid()) is not None


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None


def check_role(member: Member, allowed: Sequence[Role] = MAY_ACT) -> None:
    """Refuse a member whose role does not let them do it.

    Raises:
        ActionError: with the role that would.
    """
    if member.role not in allowed:
        article = "an" if member.role[0] in "aeiou" else "a"
        hint = "ask a lead for another role" if allowed == MAY_ACT else f"a {' or a '.join(allowed)} can"
        raise ActionError(f"{member.handle} is {article} {member.role}", hint)
