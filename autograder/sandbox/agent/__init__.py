"""What runs on the other side of the wall, where the student's code is.

A jail holds this package, `autograder.wire`, Python and its libraries, and nothing else of the
course. So nothing here may know a reference, a check, a gradebook or another student, and nothing
here is believed outside.
"""
