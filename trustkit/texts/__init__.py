"""Sentences and remedies in English and 中文 for every error code and check id."""
