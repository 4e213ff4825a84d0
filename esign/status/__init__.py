"""Licence status lists (Token Status List) as signed tokens."""
