"""A small sample class, made from the released notebook and a few lines each."""
