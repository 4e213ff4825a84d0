"""Typed audit events, written in the transaction of the act they record."""
