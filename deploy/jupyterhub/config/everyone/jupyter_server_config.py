"""What Jupyter must know on every server of the hub."""

c = get_config()  # noqa: F821  (traitlets puts it here)

# JupyterLab shows formgrader in a frame, which JupyterHub forbids unless it is told otherwise. The
# frame may come from the same address only.
c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}

# Ask no other machine for anything.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.LanguageServerManager.autodetect = False
c.FormgradeExtension.debug = False
