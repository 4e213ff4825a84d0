"""Validation records: what a verdict rested on, kept so that it can be reached again."""
