"""The composer: a reply is written, checked and given to the outbox."""
