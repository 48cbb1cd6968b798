"""Right and wrong ways to write the functions of `vgg_sizing`, a module for each."""
