"""Verification for anyone who asks: submission, evidence, judgement, report."""
