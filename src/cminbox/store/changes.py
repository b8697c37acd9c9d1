"""What may change of a conversation, of a message and in the outbox: columns with their new values.

A column is declared in `model`; a test holds that these are its columns with their types, save those that never change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from cminbox.model import (
    Attachment,
    Content,
    End,
    Instant,
    Kind,
    OutgoingStatus,
    Reason,
    SentimentClass,
    Status,
    StoredPost,
    ToPromise,
    Verb,
)


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


class OutgoingChanges(TypedDict, total=False):
    """New values of columns of what is in the outbox, besides those that its move sets."""

    message_id: int | None
    text: str
    lang: str
    template: str
    private: bool
    back_after: int | None
    promises: tuple[ToPromise, ...]
    approved_by: str
    seen_message_id: int
    looked_at: Instant | None
    holding: bool
    created_at: Instant
    held_until: Instant | None
    tries: int
    sending_at: Instant | None
    first_try_at: Instant | None
    try_ended_at: Instant | None
    error: str
    cause: str
    look_ups: int
    seen: str
    seen_id: str
    arrived_by: str
    answer_seen_id: int
    sent_at: Instant | None
    remote_id: str
    url: str


class NewOutgoing(OutgoingChanges, total=False):
    """The columns of what is put into the outbox."""

    conversation_id: int
    source_id: int
    status: OutgoingStatus
    member: str
    key: str
    updated_at: Instant
    verb: Verb
    undo: bool
    reason: str
