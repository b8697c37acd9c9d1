"""What may change of a conversation and of a message: columns with their new values.

A column is declared in `model`; a test holds that these are its columns with their types, save those that never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from cminbox.model import Attachment, Content, End, Instant, Kind, Reason, SentimentClass, Status, StoredPost, Verb


class ConversationChanges(TypedDict, total=False):
    """New values of columns of a `model.Conversation`."""

    kind: Kind
    status: Status
    created_at: Instant
    newest_at: Instant
    changed: int
    author_id: int | None
    handle: str
    name: str
    followers: int | None
    role: str
    vip: bool
    preview: str
    title: str
    lang: str
    sentiment: float | None
    sentiment_class: SentimentClass
    content: Content
    priority: int
    rules: tuple[str, ...]
    reasons: tuple[Reason, ...]
    priority_by: str
    labels: tuple[str, ...]
    assignee: str
    assigned_by: str
    team: str
    crisis_id: int | None
    crisis: str
    crises: tuple[str, ...]
    inbound_at: Instant | None
    outbound_at: Instant | None
    waiting_since: Instant | None
    cycle_at: Instant | None
    first_reply_at: Instant | None
    closed_at: Instant | None
    snoozed_until: Instant | None
    status_at: Instant | None
    sla: str
    sla_target: int | None
    due_at: Instant | None
    warned_at: Instant | None
    rescore_at: Instant | None
    messages: int
    inbound: int
    waiting: int
    notes: int
    outbox: str
    gone: bool
    needs_since: Instant | None
    end: End
    end_reason: str
    first_useful_at: Instant | None
    asked_at: Instant | None
    owed_since: Instant | None
    sla_business: bool
    heard: bool
    promise_at: Instant | None
    promise: str
    promise_owner: str
    back_at: Instant | None
    back_why: str
    watchers: tuple[str, ...]
    colleague: bool


class HeardChanges(TypedDict, total=False):
    """New values of the columns of a message that say what was heard in it."""

    lang: str
    lang_by: str
    sentiment: float | None
    sentiment_class: SentimentClass
    vader: float | None
    signals: tuple[str, ...]
    signal_words: Mapping[str, tuple[str, ...]]
    urgency: int
    urgent_words: tuple[str, ...]
    judged_with: int | None


class MessageChanges(HeardChanges, total=False):
    """New values of columns of a message."""

    text: str
    title: str
    sentiment_by: str
    signals_by: str
    edited_at: Instant | None
    deleted_at: Instant | None
    answerable: bool
    member: str
    reply_id: int | None
    written_at: Instant | None
    erased: bool
    seen_message_id: int | None
    needs_answer: bool
    needs_by: str
    holding: bool
    asked_at: Instant | None
    history: bool
    attachments: tuple[Attachment, ...]
    stars: int | None
    held: bool
    hidden: bool
    ad: bool
    post: StoredPost | None
    can: frozenset[Verb] | None
    done: frozenset[Verb]
    answer_until: Instant | None
    extra: Mapping[str, str]
