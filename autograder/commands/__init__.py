"""The command line of the desk: each file parses and prints for one part of it."""
