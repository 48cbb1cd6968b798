"""Right and wrong implementations of every function, and the table of how they are graded."""
