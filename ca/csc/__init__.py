"""Remote signing by the API of the Cloud Signature Consortium, version 2: hashes come in, signatures go out."""
