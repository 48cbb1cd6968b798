"""What the pages measure on trained networks: each module trains for one page, several seeds each.

`python -m experiments`, in the folder `book`, computes what is missing, one run on each core at a
time; `make book` calls it. A page that is run alone computes what it needs itself.
"""
