"""The handover: the shift as it would be signed now, and those that wait to be taken."""
