"""The third migration: a label's conversations are listed from its index alone."""

from __future__ import annotations

THIRD = """
-- Whether a label was taken off stands in the index: to list one reads no row.
DROP INDEX labels_label;
CREATE INDEX labels_label ON labels(label, removed, conversation_id);
"""
