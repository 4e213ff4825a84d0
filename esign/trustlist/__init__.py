"""Lists of trusted issuers: who may issue which licences, and which types count as the same."""
