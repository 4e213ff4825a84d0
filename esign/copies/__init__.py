"""Copies of licences for a purpose (加注件): a derivative bound to a purpose, a recipient and a time."""
