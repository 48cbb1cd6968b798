"""Hand the book's notebooks out: to download, and to open on Colab or Binder.

Every page that computes can be downloaded as a notebook without outputs. What chapters import from
`book/` comes with all of them in `notebooks.zip`.

    {launch}`assignments/pooling/pooling.ipynb`

is a link to a notebook of the repository, under the notebook's name: a copy to download,
JupyterLite where `make lite` has built it with this notebook and, where `repository_url` in
`_config.yml` names a repository on GitHub, Colab and Binder on its `repository_branch`.
"""

import os
import re
import shutil
import sys
import zipfile
from pathlib import Path
from urllib.parse import quote, urlsplit

import nbformat
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole
from translation import catalog, own_words

sys.path.append(str(Path(__file__).resolve().parents[1]))
from modules import dependencies

from autograder.authoring.markdown_messages import translated_markdown

AUTOGRADER = re.compile(r"^\s*(from|import) autograder\b", re.MULTILINE)
COLAB, BINDER = "https://colab.research.google.com", "https://mybinder.org"
# A line that begins, ends or sets up a directive, and one with words.
DIRECTIVE = re.compile(r"^((?::{3,}|```\{|```$|:[\w-]+:).*\n?)", re.MULTILINE)
TITLED = re.compile(r"((?::{3,}|```)\{[\w-]+\} |:alt: )(.+)")
FETCH = """\
# Where the book's files do not lie beside this notebook, this clones the course into the folder
# `course`{pictures}, and installs what is missing of {names}.
import os
import subprocess
import sys

if not os.path.isfile("{beside}"):
    clone = ["git", "clone", "--quiet", "--depth=1", "--branch={branch}", "{address}", "course"]
    subprocess.run(clone, check=True)
    os.chdir("course/book")
    sys.path.insert(0, os.getcwd())
    install = [sys.executable, "-m", "pip", "install", "--quiet", *"{needs}".split()]
    subprocess.run(install, check=True){fetch}"""
FETCH_PICTURES = """
    import fashion_files

    print(fashion_files.fetch())"""


def places_to_launch(repository, branch, path):
    """Name and address of each service that opens the notebook `path` of a GitHub repository."""
    if not repository:
        return []
    parts = urlsplit(repository)
    owner = parts.path.strip("/").removesuffix(".git")
    if parts.netloc != "github.com" or owner.count("/") != 1:
        raise ExtensionError(f"repository_url in _config.yml is no GitHub repository: {repository}")
    branch, path = quote(branch, safe="/"), quote(path)
    found = [("Binder", f"{BINDER}/v2/gh/{owner}/{quote(branch, safe='')}?urlpath=lab/tree/{path}")]
    if path.endswith(".ipynb"):  # Colab opens nothing else
        found.insert(0, ("Colab", f"{COLAB}/github/{owner}/blob/{branch}/{path}"))
    return found


def lite_site(config):
    """The folder of JupyterLite's site, whether or not it was built."""
    return Path(config.notebooks_root).resolve() / "_build" / "lite" / "site"


def look_for_lite(app, config):
    """Read the pages again when JupyterLite was built or is gone: their links depend on it.

    A dependency on its files would not do, since one that is not there counts as changed each time.
    """
    files = lite_site(config) / "files"
    config.notebooks_in_lite = sorted(map(str, files.rglob("*.ipynb")))


def in_the_browser(config, path):
    """Name and address of the notebook `path` in JupyterLite, as a list of one pair or none."""
    edition = "" if config.language == "en" else f"{config.language}/"
    if not (lite_site(config) / "files" / edition / path.name).is_file():
        return []
    lab = "../lite/lab" if edition else "lite/lab"
    address = f"{lab}/index.html?path={quote(edition + path.name)}"
    words = own_words(config)
    return [(words("In your browser"), address)]


def in_language(config, path):
    """The notebook of an assignment in the edition's language, where there is one."""
    folder, *rest = path.relative_to(Path(config.notebooks_root).resolve()).parts
    translated = Path(config.notebooks_root).resolve().joinpath(folder, config.language, *rest)
    return translated if translated.is_file() else path


def copy_lite(app, error):
    """Lay JupyterLite beside the pages, without a second copy of its files on the disk."""
    site = lite_site(app.config)
    if error or app.builder.name != "html" or app.config.language != "en":
        return
    target = Path(app.outdir, "lite")
    shutil.rmtree(target, ignore_errors=True)
    if site.is_dir():
        shutil.copytree(site, target, copy_function=os.link)


def repository(config):
    """Address and branch, as `_config.yml` has them."""
    options = config.html_theme_options
    return options.get("repository_url", ""), options.get("repository_branch") or "main"


class Launch(SphinxRole):
    def run(self):
        root = Path(self.config.notebooks_root or self.env.srcdir).resolve()
        path = root / self.text
        if not path.is_file():
            where = f"{self.env.docname}:{self.lineno}"
            raise ExtensionError(f"{where}: there is no notebook {self.text} in {root}")
        path = in_language(self.config, path)
        self.env.note_dependency(str(path))
        copies = Path(self.env.app.outdir, "notebooks")
        copies.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copies)
        words = own_words(self.config)
        download = words("{name}: download the notebook").format(name=path.stem)
        links = [(path.stem, f"notebooks/{quote(path.name)}", download)]
        others = in_the_browser(self.config, path)
        place = path.relative_to(root).as_posix()
        others += places_to_launch(*repository(self.config), place)
        links += [(name, address, f"{name}: {path.stem}") for name, address in others]
        made = []
        for name, address, label in links:
            link = f'<a href="{address}" aria-label="{label}">{name}</a>'
            made += [nodes.raw("", link, format="html"), nodes.Text(" · ")]
        return made[:-1], []


def fetching_cell(sources, book, needs, address, branch):
    """The cell that fetches what a page imports; None where it imports nothing of the course.

    sources : the code of the page's cells
    book : the folder of the book
    needs : the packages that pages import
    address, branch : the repository, as git clones it
    """
    code = [source for source in sources if not source.lstrip().startswith("%")]
    modules = [path.relative_to(book).as_posix() for path in dependencies(code, book=book)]
    if any(AUTOGRADER.search(source) for source in code):
        needs = [*needs, ".."]
    elif not modules and not any("../" in source for source in code):
        return None
    fetches = "fashion_files.py" in modules
    return FETCH.format(
        beside=modules[0] if modules else "../nbgrader_config.py",
        address=address,
        branch=branch,
        names=", ".join(needs).replace("..", "the autograder"),
        needs=" ".join(needs),
        pictures=" and the pictures of Fashion-MNIST" if fetches else "",
        fetch=FETCH_PICTURES if fetches else "",
    )


def translated_cell(source, known):
    """A Markdown cell with what is known of it in another language.

    Lines of directives stay as they are, but for their titles, and what stands in them is text.

    known : the page's translations by message
    """

    def translate(message):
        mark = message[:4] if message[:4] in ("[ ] ", "[x] ") else ""  # an answer of a quiz
        text = message[len(mark) :]
        return mark + known.get(text, text)

    pieces = DIRECTIVE.split(source)
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            pieces[at] = translated_markdown(piece, translate)
        elif title := TITLED.match(piece):
            pieces[at] = title[1] + translate(title[2]) + "\n"
    return "".join(pieces)


def page_as_notebook(app, pagename):
    """The page as a notebook to run, without outputs; None where nothing is computed."""
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    if not executed.is_file():
        return None
    nb = nbformat.read(executed, as_version=4)
    known = catalog(app.config, pagename)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.source = translated_cell(cell.source, known)
    address, branch = repository(app.config)
    sources = [cell.source for cell in nb.cells if cell.cell_type == "code"]
    fetch = fetching_cell(sources, Path(app.srcdir), app.config.notebooks_need, address, branch)
    words = own_words(app.config)
    note = words(
        "This notebook is a page of the course's book. It imports Python files that lie beside it "
        "in the book's `notebooks.zip`, and needs what `requirements.txt` in there lists."
    )
    if address and fetch:
        note += " " + words(
            "Where it stands alone, as on Colab or Kaggle, the next cell fetches both."
        )
        nb.cells.insert(0, nbformat.v4.new_code_cell(fetch, id="fetch"))
    nb.cells.insert(0, nbformat.v4.new_markdown_cell(note, id="about"))
    return nbformat.writes(nb)


def offer_page(app, pagename, templatename, context, doctree):
    """Put the page's notebook beside its source, where the theme's download button finds it."""
    text = page_as_notebook(app, pagename) if app.builder.name == "html" else None
    if text is None:
        return
    place = Path(app.outdir, "_sources", f"{pagename}.ipynb")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    context["ipynb_source"] = f"{pagename}.ipynb"


def offer_launch(app, pagename, templatename, context, doctree):
    """A button that opens the page's source on Binder, where Jupytext makes a notebook of it."""
    places = places_to_launch(*repository(app.config), f"book/{pagename}.md")
    if not places or "ipynb_source" not in context:
        return
    words = own_words(app.config)
    tooltip = words("Open on {name}")
    buttons = [
        {"type": "link", "text": name, "tooltip": tooltip.format(name=name), "icon": "fas fa-play"}
        | {"url": url, "label": f"launch-{name.lower()}"}
        for name, url in places
    ]
    group = {"type": "group", "tooltip": words("Run this page"), "icon": "fas fa-rocket"}
    context["header_buttons"].append(group | {"buttons": buttons, "label": "launch-buttons"})


def zip_all(app, error):
    """All pages as notebooks, the modules they import and what to install, in one file."""
    if error or app.builder.name != "html":
        return
    pages = sorted(Path(app.outdir, "_sources").glob("*.ipynb"))
    source = Path(app.srcdir)
    cells = []
    with zipfile.ZipFile(Path(app.outdir, "notebooks.zip"), "w", zipfile.ZIP_DEFLATED) as packed:
        for page in pages:
            cells += nbformat.read(page, as_version=4).cells
            packed.write(page, f"notebooks/{page.name}")
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        code = [one for one in code if not one.lstrip().startswith("%")]
        for module in dependencies(code, book=source):
            packed.write(module, f"notebooks/{module.relative_to(source)}")
        packed.writestr("notebooks/requirements.txt", "\n".join(app.config.notebooks_need) + "\n")


def setup(app):
    os.environ["BOOK_IS_BUILT"] = "1"  # the kernels that a build starts hand their figures to it
    app.add_config_value("notebooks_root", "", "env")
    app.add_config_value("notebooks_need", [], "html")
    app.add_config_value("notebooks_in_lite", [], "env")
    app.connect("config-inited", look_for_lite)
    app.add_role("launch", Launch())
    app.connect("html-page-context", offer_page)
    app.connect("html-page-context", offer_launch, priority=502)  # once there is a list of buttons
    app.connect("build-finished", zip_all)
    app.connect("build-finished", copy_lite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
