"""Right and wrong ways to write the functions of `naive_convolution`, a module for each."""
