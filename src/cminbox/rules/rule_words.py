"""What a rule does, and where it stands, in few words."""

from __future__ import annotations

from cminbox.duration import format_duration
from cminbox.number_format import signed
from cminbox.rules.files import Rule


def effect(rule: Rule) -> str:
    """What a rule does, in few words."""
    hours = f" of {rule.sla_hours} hours" if rule.sla_hours else ""
    parts = [
        f"{signed(rule.priority)}{' in its band' if rule.within_band else ''}" if rule.priority else "",
        f"service words ×{rule.urgency:g}" if rule.urgency else "",
        f"at most {rule.most}" if rule.most is not None else "",
        *(f"+{label}" for label in rule.labels),
        "" if rule.sla is None else f"answer within {format_duration(rule.sla)}{hours}" if rule.sla else "no SLA",
        f"the SLA counts{hours}".replace(" of", "") if rule.sla is None and rule.sla_hours else "",
        {True: "needs an answer", False: "needs no answer", None: ""}[rule.answer],
        f"assign {rule.assign}" if rule.assign else "",
        f"role {rule.role}" if rule.role else "",
        "lift" if rule.lift else "",
        "propose a crisis" if rule.propose_crisis else "",
        f"tell {', '.join(rule.notify)}" if rule.notify else "",
        "stop" if rule.stop else "",
    ]
    return ", ".join(part for part in parts if part)


def place(rule: Rule) -> str:
    """Its file and line; nothing where it stands in none."""
    return f"{rule.file.name}:{rule.line}" if rule.file is not None else ""
