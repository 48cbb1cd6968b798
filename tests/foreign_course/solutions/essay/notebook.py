# %% [markdown]
# # Essay
# Words alone, which a person grades.

# %% [markdown] nbgrader={"grade_id": "written_tests", "grade": true, "solution": true, "points": 5}
# Because nobody reads code as carefully as a test does.

# %% [markdown]
# The end.
