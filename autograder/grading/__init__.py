"""One submission: from the file through the session in the jail to its result."""
