"""The networks: one folder each, whose package is the adapter (see `sources.contract`)."""
