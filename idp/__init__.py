"""Unified identity (统一身份认证): who somebody is, how surely, for whom he acts, and what more an act needs."""
