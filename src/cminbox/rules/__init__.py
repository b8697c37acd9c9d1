"""Rules: what a text says about itself (language, sentiment, question) and what the user's rule files make of it."""

from __future__ import annotations

from cminbox.rules.files import Rule, RuleBook, load
from cminbox.rules.judging import Verdict, answer, judge, labelled

__all__ = ["Rule", "RuleBook", "Verdict", "answer", "judge", "labelled", "load"]
