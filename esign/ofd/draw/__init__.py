"""Pages of OFD documents drawn as PDF pages (GB/T 33190-2016, page description)."""
