"""Where identities come from: other identity providers, tickets, certificates, the national network identity."""
