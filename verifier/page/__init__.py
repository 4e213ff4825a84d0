"""The public page of verification: hand in a file or paste a code, and read the verdict with the document beside it."""
