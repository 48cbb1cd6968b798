"""The jail from outside: the launcher, the isolation levels, and calls into the jail."""
