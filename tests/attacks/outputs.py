"""Stored scripts: outputs and written answers that want to run where they are read."""

from tests.attacks.attack import FULL, Group
from tests.attacks.pages import runs, shown
from tests.small_class import GOOD

GROUP = Group("outputs")


def displayed(name: str, why: str, statements: str) -> None:
    """An honest `double` whose cell displays something when it is run."""
    source = f"{statements}\n\n{GOOD['double']}"
    GROUP.add(name, why, {"double": source}, rest="honest", least=FULL, most=FULL, harmed=runs)


def answered(name: str, why: str, text: str) -> None:
    """Honest work with this text as the written answer."""
    GROUP.add(name, why, {"written_why": text}, rest="honest", least=FULL, most=FULL, harmed=runs)


IMPORT = "from IPython.display import *\n"
displayed(
    "HTML", "a script in an HTML output", IMPORT + "display(HTML('<script>/*@MARK@*/</script>'))"
)
displayed(
    "SVG",
    "a picture may hold a script",
    IMPORT + 'display(SVG(\'<svg xmlns="http://www.w3.org/2000/svg"><script>/*@MARK@*/</script>'
    '<rect onclick="/*@MARK@*/"/></svg>\'))',
)
displayed("JavaScript", "a script as an output", IMPORT + "display(Javascript('/*@MARK@*/'))")
displayed(
    "Markdown and LaTeX outputs",
    "Markdown holds HTML, formulas hold links",
    IMPORT + "display(Markdown('<img src=x onerror=\"/*@MARK@*/\">'))\n"
    "display(Latex(r'$\\\\href{javascript:/*@MARK@*/}{x}$'))",
)
displayed(
    "frames",
    "a page in the page, and files that are fetched",
    IMPORT + "display(IFrame('javascript:/*@MARK@*/', 10, 10))\n"
    "display(Image(url='http://127.0.0.1/@MARK@.png'))\ndisplay(Video('http://127.0.0.1/@MARK@'))",
)
displayed(
    "a representation",
    "objects choose for themselves how they are shown",
    "class Shown:\n    def _repr_html_(self):\n        return '<script>/*@MARK@*/</script>'\n"
    "    def _repr_mimebundle_(self, **how):\n"
    "        return {'text/html': '<script>/*@MARK@*/</script>', 'application/javascript': '1',\n"
    "                'image/png': '<script>/*@MARK@*/</script>',\n"
    "                'text/plain': '<script>/*@MARK@*/</script>'}\n\n"
    "from IPython.display import display\ndisplay(Shown())",
)
displayed(
    "widgets and raw messages",
    "displays that are updated, and mime types of other programs",
    IMPORT + "handle = display({'text/plain': 'x', 'text/html': '<script>/*@MARK@*/</script>',\n"
    "    'application/vnd.jupyter.widget-view+json': {'model_id': '@MARK@'}}, raw=True,\n"
    "    display_id=True)\n"
    "handle.update({'text/html': '<script>/*@MARK@*/</script>'}, raw=True)",
)
displayed(
    "printed markup",
    "a script that is printed, and one in an exception's text",
    "print('<script>/*@MARK@*/</script>')\nimport sys\n"
    "print('</pre><img src=x onerror=\"/*@MARK@*/\">', file=sys.stderr)",
)
displayed(
    "terminal codes",
    "codes that set titles, clear screens, make links and type answers",
    "print('\\x1b]8;;javascript:@MARK@\\x07link\\x1b]8;;\\x07 \\x1b]0;@MARK@\\x07 \\x1b[2J"
    " \\x1b[31m</span><script>/*@MARK@*/</script> \\x1b[6n \\x9b31m')",
)
displayed(
    "a picture that is none",
    "bytes that begin like a PNG and go on as a page",
    IMPORT + "display({'image/png': __import__('base64').b64encode(b'\\x89PNG\\r\\n\\x1a\\n'\n"
    "    b'\"><script>/*@MARK@*/</script>').decode() + '\\'\"><script>/*@MARK@*/</script>'},\n"
    "    raw=True)",
)
GROUP.add(
    "an exception with markup",
    "name, text and traceback of an exception are shown",
    {
        "double": """
        class Markup(Exception):
            pass

        Markup.__name__ = "<script>/*@MARK@*/</script>"

        def double(x):
            raise Markup("</pre><script>/*@MARK@*/</script>")
        """
    },
    harmed=runs,
)
GROUP.add(
    "a test cell's outputs",
    "what a test cell shows is replaced by the runner's own hand",
    {
        "double": """
        import gc

        BAD = {"text/html": "<script>/*@MARK@*/</script>", "application/javascript": "/*@MARK@*/",
               "image/svg+xml": "<svg onload='/*@MARK@*/'/>", "text/plain": ["@MARK@"],
               "image/png": "<script>/*@MARK@*/</script>"}
        for one in gc.get_objects():
            if type(one).__name__ == "Outputs":
                type(one).begin = lambda self, room: None
                one.shown = [
                    {"output_type": "display_data", "data": BAD, "metadata": BAD},
                    {"output_type": "stream", "name": "stdout<script>", "text": "@MARK@"},
                    {"output_type": "error", "ename": "<script>/*@MARK@*/</script>",
                     "evalue": "<script>", "traceback": ["<script>/*@MARK@*/</script>"]},
                    {"output_type": "update_display_data", "data": BAD},
                    {"output_type": "<script>", "data": BAD}, 5, None, [BAD],
                ]

        def double(x):
            return x
        """
    },
    verdicts=("graded", "crashed"),
    harmed=runs,
)
GROUP.add(
    "a result that is shown",
    "the answer to a hidden question is a page; it must not be shown at all",
    {
        "double": """
        def double(x):
            print("got", "@MARK@", sep=":") if x.size == 5 else None
            if x.size == 5:
                raise ValueError("<script>/*@MARK@*/</script>" + ":".join(["got", "@MARK@"]))
            return x
        """
    },
    harmed=shown,
)

answered("a script", "the written answer is shown as Markdown", "<script>/*@MARK@*/</script>")
answered(
    "handlers",
    "HTML that runs without a script element",
    "<img src=x onerror='/*@MARK@*/'> <svg/onload=/*@MARK@*/> <body onload=/*@MARK@*/>\n\n"
    "<details open ontoggle='/*@MARK@*/'> <!--><img src=x onerror=/*@MARK@*/>-->",
)
answered(
    "script links",
    "links that run when they are followed",
    "[a](javascript:/*@MARK@*/) [b](JaVaScRiPt:/*@MARK@*/) [c](vbscript:/*@MARK@*/) "
    "![d](javascript:/*@MARK@*/) [e][1] <javascript:/*@MARK@*/>\n\n[1]: javascript:/*@MARK@*/",
)
answered(
    "hidden script links",
    "the scheme is spelled with entities, tabs and line breaks, as browsers allow",
    "[a](java&#115;cript:/*@MARK@*/) [b](java&Tab;script:/*@MARK@*/) "
    "[c](&#x6A;avascript&colon;/*@MARK@*/) [d](java&NewLine;script&#58;/*@MARK@*/) "
    "[e](<java\tscript:/*@MARK@*/>) [f](&#1;javascript:/*@MARK@*/) [g][1] "
    "[h](\\javascript:/*@MARK@*/)\n\n[1]: java&#x73;cript:/*@MARK@*/ 'title'",
)
answered(
    "data links",
    "a page in a link",
    "[a](data:text/html;base64,@MARK@) [b](d&#97;ta:text/html,@MARK@) "
    "![c](data:image/svg+xml;utf8,@MARK@) <object data='data:text/html,@MARK@'></object>",
)
answered(
    "attributes in links",
    "a title or an address that breaks out of its quotes",
    '[a](x"onmouseover="/*@MARK@*/) ![b](x "t\\" onerror=/*@MARK@*/ \\"") '
    '[c](<x" onfocus=/*@MARK@*/ autofocus ">) ![" onerror="/*@MARK@*/](x)',
)
answered(
    "links in formulas",
    "MathJax follows links and sets styles",
    "$\\href{javascript:/*@MARK@*/}{x}$ $$\\href{java&#115;cript:/*@MARK@*/}{y}$$ "
    "\\\\[\\style{x:expression(/*@MARK@*/)}{z}\\\\] "
    "\\begin{equation}\\href{&#106;avascript:/*@MARK@*/}{q}\\end{equation}",
)
answered(
    "broken markup",
    "tags that only a forgiving reader takes for tags",
    "<scr<script>ipt>/*@MARK@*/</script> <\x00script>/*@MARK@*/</script> "
    "<ſcript>/*@MARK@*/</ſcript> "
    "<<img src=x onerror=/*@MARK@*/>> <a\nhref=javascript:/*@MARK@*/>x</a> <math><a "
    "xlink:href=javascript:/*@MARK@*/>",
)
answered(
    "code fences",
    "markup in code, and code that ends too early",
    "```html\n<script>/*@MARK@*/</script>\n```\n\n`</code><script>/*@MARK@*/</script>`\n\n"
    '~~~"><script>/*@MARK@*/</script>\nx\n~~~\n\n'
    "```<script>/*@MARK@*/</script>\ny\n```",
)
answered(
    "tables and headings",
    "an identifier is made of a heading's text",
    '# x" onclick="/*@MARK@*/\n\n|<script>/*@MARK@*/</script>|b|\n|-|-|\n'
    "|[a](javascript:@MARK@)|c|",
)
answered(
    "a heavy answer",
    "Markdown that takes a reader quadratic time",
    "[" * 5_000 + "*a_ " * 5_000 + "`" * 5_001 + "> " * 300 + "x" + "![](" * 2_000,
)
