"""The Digital Credentials Query Language (OpenID4VP 1.0 clause 6): queries, and what satisfies them."""
