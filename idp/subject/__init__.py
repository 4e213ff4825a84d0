"""Of whom things are said: people by pseudonym, organisations, who may act for them, and who administers the home."""
