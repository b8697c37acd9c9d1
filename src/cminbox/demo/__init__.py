"""The demo network: a small Mastodon server on loopback, with a shop that people talk to.

It knows `model` and `text` alone: the ordinary `mastodon` adapter polls it over HTTP like any other server.
"""
