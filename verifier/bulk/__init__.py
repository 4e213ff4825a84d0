"""Verifying many files in one run: what is judged by, how it is cut, what is told of each. Pure but for what the service does."""
