"""Right and wrong ways to write the functions of `im2col_convolution`, a module for each."""
