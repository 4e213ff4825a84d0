"""OFD documents and their signatures (GB/T 33190-2016, GM/T 0099-2020)."""
