"""Run the cells of several pages at a time, before the pages are read one after the other.

The executed notebooks go into the cache, where MyST-NB looks before it runs anything. Pages that
measure time (`pages_alone`) are left to it: they run when nothing else does.

Pages that run each time they are read (`execution_mode: force`) go through the cache as well:
the English book runs them, and its editions in other languages show the same run.

Python looks for garbage more seldom meanwhile: in the trees of the pages it would look for long and
find nothing, which took a fifth of the time after the cells.
"""

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.executors.utils import single_nb_execution
from myst_nb.core.read import create_nb_reader
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
FORCED = "execution_mode: force"


def read_as_cached(app, page, source):
    """MyST-NB, too, looks for a page that runs each time in the cache."""
    source[0] = source[0].replace(FORCED, "execution_mode: cache", 1)


def fill_cache(app, env, docnames):
    """Execute the pages that are to be read and are not in the cache."""
    cache = runs_of(env)
    if cache is None:
        return
    waiting = {}
    for name in docnames:
        nb = None if name in app.config.pages_alone else notebook(env, name)
        if nb is None:
            continue
        if app.config.language == "en" and is_forced(nb):
            with suppress(KeyError):  # the last run
                cache.remove_cache(cache.match_cache_notebook(nb).pk)
        if not is_known(cache, nb):
            waiting[Path(env.doc2path(name))] = nb

    def execute(path):
        return path, single_nb_execution(
            waiting[path],
            cwd=str(path.parent),
            allow_errors=False,
            timeout=env.mystnb_config.execution_timeout,
            meta_override=True,
        )

    # Threads only wait here: the cells run in kernels, processes of their own.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, result in pool.map(execute, waiting):
            if result.err is not None:
                continue  # it runs again when the page is read, and is reported there
            record = cache.add_nb_to_project(
                str(path), read_data={"type": "plugin", "name": "myst_nb_md"}
            )
            bundle = CacheBundleIn(
                waiting[path], record.uri, data={"execution_seconds": result.time}
            )
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            LOGGER.info("%s: executed in %.1f s", path.name, result.time)


def runs_of(env):
    """The cache of executed pages; None where the configuration asks for none."""
    settings = env.mystnb_config
    if settings.execution_mode != "cache":
        return None
    return get_cache(settings.execution_cache_path or ".jupyter_cache")


def notebook(env, name):
    """The page as a notebook; None where it has no cells, or is not to be cached."""
    path = Path(env.doc2path(name))
    text = path.read_text(encoding="utf-8")
    reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)
    if reader is None:
        return None
    nb = reader.read(text)
    own = nb.metadata.get("mystnb", {}).get("execution_mode", "cache")
    return nb if own in ("cache", "force") else None


def is_forced(nb):
    return nb.metadata.get("mystnb", {}).get("execution_mode") == "force"


def is_known(cache, nb):
    try:
        cache.match_cache_notebook(nb)
    except KeyError:
        return False
    return True


def setup(app):
    gc.set_threshold(100_000, 50, 100)
    app.add_config_value("pages_alone", [], "env")
    app.connect("source-read", read_as_cached)
    app.connect("env-before-read-docs", fill_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
