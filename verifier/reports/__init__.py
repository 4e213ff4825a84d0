"""Reports of verdicts to be kept and handed on: one content, as JSON, XML and a page."""
