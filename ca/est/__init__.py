"""EST (RFC 7030): certificates for devices over TLS, first by a client's secret and then by the certificate itself."""
