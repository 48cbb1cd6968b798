"""Imported first by the process that workers are forked from: ends it with the batch.

By itself it notices the end of the batch only once it has imported all that workers need, which
takes seconds. Meanwhile nothing is garbage, and looking for it takes a fifth of the time; workers
look for it again, in what they make themselves.
"""

import gc

from autograder.sandbox.agent.confinement import die_with_parent

die_with_parent()
gc.disable()
