"""Right and wrong ways to write the functions of `pooling`, a module for each."""
