"""Say where the course is published, so that the same sources serve every copy of the repository.

`make site` passes three variables of the environment on, which a workflow knows by itself:

    REPOSITORY_URL     https://github.com/OWNER/NAME: pages then link to Colab and Binder
    REPOSITORY_BRANCH  the branch or tag whose notebooks those links open
    SITE_URL           the address of the book; without it that of the repository's GitHub pages

Without them, `_config.yml` counts. The footer shows the version, which pyproject.toml has.
"""

import os
from importlib.metadata import version
from urllib.parse import urlsplit

from sphinx.errors import ExtensionError
from translation import own_words

PROJECT = "convnet-course-autograder"
# What `make site` lays beside the pages.
DOWNLOADS = """\
<p>{intro} <a href="{site}book{edition}.pdf">PDF</a>,
<a href="{site}book{edition}.epub">EPUB</a>, <a href="{site}book{edition}.zip">{pages}</a>,
<a href="{site}notebooks.zip">{notebooks}</a>.</p>"""


def site_of(repository):
    """The address of a repository's GitHub pages, with a slash at its end."""
    parts = urlsplit(repository)
    owner, _, name = parts.path.strip("/").removesuffix(".git").partition("/")
    if parts.netloc != "github.com" or not name or "/" in name:
        raise ExtensionError(f"REPOSITORY_URL is no GitHub repository: {repository}")
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"


def publish(app, config):
    config.release = config.version = version(PROJECT)
    words = own_words(config)
    config.copyright += " · " + words("version {number}").format(number=config.release)
    repository = os.environ.get("REPOSITORY_URL", "")
    if repository:
        config.html_theme_options["repository_url"] = repository
        config.html_theme_options["repository_branch"] = os.environ.get("REPOSITORY_BRANCH", "main")
    site = os.environ.get("SITE_URL") or (site_of(repository) if repository else "")
    if site:
        site = site.rstrip("/") + "/"
        edition = "" if config.language == "en" else config.language
        config.ogp_site_url = f"{site}{edition}/" if edition else site
        config.notfound_urls_prefix = urlsplit(config.ogp_site_url).path
        config.html_theme_options["extra_footer"] = DOWNLOADS.format(
            site=site,
            edition=edition and f"-{edition}",
            intro=words("The whole book to take along:"),
            pages=words("pages for a folder"),
            notebooks=words("notebooks"),
        )


def setup(app):
    app.connect("config-inited", publish, priority=100)  # before others read these values
    return {"parallel_read_safe": True, "parallel_write_safe": True}
