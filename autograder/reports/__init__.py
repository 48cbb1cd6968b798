"""What instructors look at: the report on a class, explanations, formgrader and JupyterLab."""
