"""Build JupyterLite with the assignments that need NumPy alone, for students without Python."""
