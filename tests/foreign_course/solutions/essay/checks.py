"""An assignment of words has no checks."""
