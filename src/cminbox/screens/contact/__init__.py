"""A contact: who somebody is, what was said over time on all their networks, and what is to be done next."""
