"""Right and wrong ways to write the functions of `fc_to_conv`, a module for each."""
