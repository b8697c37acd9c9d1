"""The networks: what an adapter is, the shared HTTP client, and one file per network."""

from __future__ import annotations
