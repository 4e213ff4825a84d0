"""PDF signatures (PAdES with SM2/SM3 and classical suites)."""
