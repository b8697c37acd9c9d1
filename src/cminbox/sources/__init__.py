"""The networks: what an adapter is, the shared HTTP client, and one folder per network."""

from __future__ import annotations
