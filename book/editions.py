"""The editions of the book in other languages: catalogs of the English pages, and their build.

    python -m book.editions extract      # after an English paragraph changed: `make translation`
    python -m book.editions build en     # the pages in a language; others than English go into
    python -m book.editions build zh_CN  # a folder of _build/html; --all reads every page again
    python -m book.editions single zh_CN # all of it on one page, for the PDF

`book/locale/LANGUAGE/edition.yml` holds what differs in `_config.yml`. The cells of a page ran when
the English book was built: all editions show the same executed pages.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from sphinx_intl import basic

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "book" / "locale"
BUILD = ROOT / "_build"
# Formulas, code, citations and numbers are the same in every language.
SAME = re.compile(r"\$[^$]*\$|`[^`]*`|\{[\w:]+\}|\\\w+")
TERM = re.compile(r"\{term\}`([^`<]*)[^`]*`")  # whose text is a word
HEADER = """\
# Translations of the book's English pages. `make translation` brings this file up to date; what
# became fuzzy is to be read again. Terms stand in terms.csv."""


def languages(locale=LOCALE):
    """The languages that there are catalogs for: ["zh_CN"]."""
    return sorted(path.parent.name for path in locale.glob("*/edition.yml"))


def needs_words(message):
    """Whether a message has words outside of its code and formulas."""
    shown = TERM.sub(r"\1", message)
    return re.search(r"[^\W\d_]{2}", SAME.sub(" ", shown)) is not None


def configuration(language, folder):
    """Write Jupyter Book's configuration of an edition into a folder, and return its path.

    language : "en" for the book as it is written
    """
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    if language != "en":
        text = (LOCALE / language / "edition.yml").read_text(encoding="utf-8")
        config = merged(config, yaml.safe_load(text))
    extensions = config["sphinx"]["local_extensions"]
    config["execute"]["cache"] = str(BUILD / ".jupyter_cache")
    config["sphinx"]["local_extensions"] = {
        name: str(ROOT / extensions[name]) for name in extensions
    }
    config["sphinx"]["config"] |= {"notebooks_root": str(ROOT), "locale_dirs": [str(LOCALE)]}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.yml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


def merged(config, changes):
    """A configuration with changes: what is in both and no dictionary is the change's."""
    both = {key: value for key, value in changes.items() if isinstance(value, dict)}
    return config | changes | {key: merged(config.get(key, {}), both[key]) for key in both}


def run(language, *options, folder=None):
    """Build with Jupyter Book in `_build/LANGUAGE`, and return the folder of what it built."""
    folder = folder or BUILD / language
    jupyter_book(configuration(language, folder), folder, *options)
    return folder / "_build"


def jupyter_book(config, folder, *options):
    """Build the pages below `folder`; exit with Jupyter Book's code where it fails."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "book"]
    command += ["-W", "--keep-going", "-n", "--config", str(config), "--path-output", str(folder)]
    if code := subprocess.run([*command, *options], cwd=ROOT).returncode:
        sys.exit(code)


def extract():
    """Bring the catalogs of all languages up to date with the English pages."""
    # Sphinx keeps a template whose page has not changed, whatever else decides what is in it.
    folder = BUILD / "messages"
    shutil.rmtree(folder / "_build" / "gettext", ignore_errors=True)
    built = run("en", "--builder", "custom", "--custom-builder", "gettext", folder=folder)
    templates = BUILD / "templates"
    shutil.rmtree(templates, ignore_errors=True)
    templates.mkdir()
    for name, template in {**page_templates(built / "gettext"), "book": own_template()}.items():
        template.project, template.header_comment = (
            "Convolutional networks, number by number",
            HEADER,
        )
        template.fuzzy = False
        for message in list(template):
            if message.id and not needs_words(message.id):
                template.delete(message.id)
        with (templates / f"{name}.pot").open("wb") as file:
            write_po(file, template, width=0, no_location=True, sort_by_file=True)
    basic.update(str(LOCALE), str(templates), languages(), line_width=0, ignore_obsolete=True)


def page_templates(folder):
    """What Sphinx extracted, by page."""
    templates = {}
    for path in sorted(folder.glob("*.pot")):
        with path.open("rb") as file:
            templates[path.stem] = read_po(file, ignore_obsolete=True)
    return templates


def own_template():
    """The words of the book's own extensions: what their code gives to `words(…)`."""
    template = Catalog()
    folder = str(ROOT / "book" / "_ext")
    for name, line, message, *_ in extract_from_dir(folder, keywords={"words": None}):
        template.add(message, locations=[(name, line)])
    return template


def build(language, *options):
    """Build the pages in a language; others lie beside the English ones."""
    if language == "en":
        jupyter_book("_config.yml", ".", *options)
        return
    built = run(language, *options) / "html"
    target = BUILD / "html" / language
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(built, target, copy_function=os.link)


def single(language):
    """Build an edition as one page, in `_build/LANGUAGE/_build/singlehtml`."""
    run(language, "--builder", "singlehtml")


if __name__ == "__main__":
    {"extract": extract, "build": build, "single": single}[sys.argv[1]](*sys.argv[2:])
