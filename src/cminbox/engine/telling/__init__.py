"""Telling people: whom a notice reaches and when, and taking it there."""
