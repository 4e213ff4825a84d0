"""Certificates, CRLs, names, path validation."""
