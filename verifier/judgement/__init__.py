"""Judgement: pure functions from what was gathered to a verdict, in the order of ETSI EN 319 102-1 clause 5."""
