"""Signed messages: GB/T 35275 and RFC 5652."""
