"""What Jupyter must know on a student's server: there is nothing to be graded."""

c = get_config()  # noqa: F821  (traitlets puts it here)

c.ServerApp.jpserver_extensions = {"nbgrader.server_extensions.formgrader": False}
