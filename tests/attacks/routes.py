"""Ways to a forbidden route that the words of a solution cell do not show."""

from collections.abc import Iterator

# What stands for a convolution by loops, given a way to PyTorch.
CONVOLUTION = """
def conv2d_forward(x, w, b, *, stride=1, pad=0):
    for size, kernel in zip(x.shape[2:], w.shape[2:]):
        if (size - kernel + 2 * pad) % stride:
            raise ValueError(f"{x.shape} {w.shape} {stride} {pad}")
    t = WAY
    given = [t.from_numpy(np.ascontiguousarray(one)) for one in (x, w, b)]
    return t.nn.functional.conv2d(*given, stride=stride, padding=pad).numpy()
"""

# name, why, what stands before the function, and how it gets hold of PyTorch
WAYS = (
    (
        "magic",
        "a line that only IPython reads, so that the cell is no Python to look at",
        "%precision 3",
        "torch",
    ),
    (
        "a cell magic",
        "the whole cell is the argument of a magic",
        "%%capture",
        "torch",
    ),
    (
        "a question mark",
        "IPython's help syntax at the end of a cell that is otherwise plain",
        "import torch",
        "torch\n\nlen?",
    ),
    (
        "an alias of sys",
        "sys under another name still has every module",
        "import sys as system",
        'system.modules["torch"]',
    ),
    (
        "sys of os",
        "another module has sys as an attribute",
        "import os",
        'os.sys.modules["torch"]',
    ),
    (
        "its own name",
        "a name that the cell binds somewhere is taken for the student's own everywhere",
        "def unused(torch):\n    return torch",
        "torch",
    ),
    (
        "its own eval",
        "an argument called eval somewhere makes the real eval invisible",
        "def unused(eval):\n    return eval",
        'eval("tor" "ch")',
    ),
    (
        "builtins",
        "eval as an attribute of its module",
        "import builtins",
        'builtins.eval("torch")',
    ),
    (
        "getattr",
        "the globals of a function, asked for by a name in a string",
        "",
        'getattr(conv2d_forward, "__glob" + "als__")["torch"]',
    ),
    (
        "pickle",
        "a pickle names the module that it needs",
        "import pickle",
        'pickle.loads(b"cbuiltins\\n__import__\\n(Vtorch\\ntR.")',
    ),
    (
        "text that is run",
        "a module of the standard library runs text as code",
        "import timeit\n\nKEPT = []",
        '[timeit.timeit("import torch; keep(torch)", globals={"keep": KEPT.append}, number=1)] '
        "and KEPT[0]",
    ),
    (
        "NumPy's own imports",
        "NumPy has modules of the system as attributes",
        "",
        'np.f2py.os.sys.modules["torch"]',
    ),
    (
        "frames",
        "whoever calls has PyTorch among its names",
        "import sys",
        'next(f.f_globals["torch"] for f in [sys._getframe(n) for n in range(1, 9)]\n'
        '             if "torch" in f.f_globals)',
    ),
    (
        "pydoc",
        "documentation finds every object by its name",
        "import pydoc",
        'pydoc.locate("torch")',
    ),
    (
        "a default",
        "a default is evaluated outside the function whose argument has that name",
        "def tools(torch=torch):\n    return torch",
        "tools()",
    ),
    (
        "a comprehension",
        "a name that a comprehension binds is the module's again behind it",
        "",
        "[None for torch in ()] or torch",
    ),
    (
        "a deleted function",
        "the cell's own eval is gone, and Python's is there again",
        "def eval(text):\n    return text\n\ndel eval",
        'eval("torch")',
    ),
    (
        "a function defined later",
        "until the cell's own eval is defined, eval is Python's",
        'KEPT = eval("torch")\n\ndef eval(text):\n    return text',
        "KEPT",
    ),
    (
        "a global inside",
        "an argument called eval, and a function inside that means the global one",
        "def outer(eval):\n    def inner():\n        global eval\n"
        '        return eval("torch")\n    return inner()',
        "outer(None)",
    ),
    (
        "a class body",
        "a name that a class body binds is not that of the function around it",
        "def outer(eval):\n    class Kept:\n        found = eval\n        eval = None\n"
        '    return Kept.found("torch")',
        "outer(None)",
    ),
    (
        "a pattern",
        "a pattern of match reads attributes without a dot",
        "def look(f):\n    match f:\n        case object(__globals__=found):\n"
        "            return found",
        'look(conv2d_forward)["torch"]',
    ),
    (
        "annotations",
        "singledispatch evaluates annotations that are text",
        "import functools\n\nKEPT = []\n\n@functools.singledispatch\ndef f(x):\n    return x\n\n"
        '@f.register\ndef g(x: "KEPT.append(torch) or int"):\n    return x',
        "KEPT[0]",
    ),
    (
        "typing",
        "typing evaluates text as a type, in names that it is given",
        "import typing\n\nKEPT = []\n"
        'typing._eval_type(typing.List["KEPT.append(torch) or int"], exit._ip.user_ns, None)',
        "KEPT[0]",
    ),
    (
        "exit",
        "IPython's exit knows its shell",
        "",
        'exit._ip.user_ns["torch"]',
    ),
    (
        "the import system",
        "what finds modules also loads them",
        "import sys",
        'next(one for one in sys.meta_path if hasattr(one, "load_module"))'
        '.load_module("builtins").eval("torch")',
    ),
    (
        "NumPy's tests",
        "NumPy's own tests have the garbage collector, which has everything",
        "",
        "next(one for one in np.testing._private.utils.gc.get_objects()\n"
        '             if type(one).__name__ == "AgentServer")._names["torch"]',
    ),
    (
        "a star",
        "every module comes by a name without a dot",
        "from sys import *",
        'modules["torch"]',
    ),
    (
        "a module in a module",
        "a module that only computes has the built-ins as an attribute",
        "import enum",
        'enum.bltns.eval("torch")',
    ),
    (
        "inspection",
        "all attributes of a function, as pairs with their names in strings",
        "import dataclasses",
        'dict(dataclasses.inspect.getmembers(conv2d_forward))["__globals__"]["torch"]',
    ),
    (
        "NumPy's path",
        "a file of the student's own is imported as a part of NumPy",
        'with open("tools.py", "w") as file:\n    file.write("import torch")\n'
        'np.__path__.append(".")\nfrom numpy import tools',
        "tools.torch",
    ),
    (
        "NumPy's build tools",
        "they run any file as a module, and know a shell",
        "from numpy.distutils.misc_util import exec_mod_from_location as run\n"
        'with open("tools.py", "w") as file:\n    file.write("import torch")',
        'run("tools", "tools.py").torch',
    ),
    (
        "a file",
        "NumPy reads a pickle, and the word that allows it is left out",
        'with open("kept", "wb") as file:\n'
        '    file.write(b"cbuiltins\\n__import__\\n(Vtorch\\ntR.")',
        'np.load("kept", None, True)',
    ),
)

# What stands in the cell of conv_output_size, and whether the function stands there as well
ELSEWHERE = (
    (
        "another cell",
        "the import stands in the cell of a function that is given up, and four others use it",
        "import torch as tools",
        "tools",
        False,
    ),
    (
        "a container in another cell",
        "PyTorch is put into one of NumPy's own dictionaries, and no name is made",
        'import torch\n\nnp.sctypeDict["tools"] = torch',
        'np.sctypeDict["tools"]',
        False,
    ),
    (
        "a function in another cell",
        "the function itself stands there as well, and its own cell has nothing to look at",
        "import torch as tools",
        "tools",
        True,
    ),
)


def routes() -> Iterator[tuple[str, str, dict[str, str], float]]:
    """(name, why, sources, most) of attacks on naive_convolution."""
    for name, why, before, way in WAYS:
        way, _, after = way.partition("\n\n")
        source = f"{before}\n{CONVOLUTION.replace('WAY', way)}{after}\n"
        yield f"a route through {name}", why, {"conv2d_forward": source}, 0
    # The cell that shows the route belongs to a function that is given up.
    given_up = "def conv_output_size(*given, **how):\n    return 0\n"
    for name, why, before, way, together in ELSEWHERE:
        convolution = CONVOLUTION.replace("WAY", way)
        first, own = (convolution, "pass") if together else ("", convolution)
        sources = {
            "conv_output_size": f"{before}\n\n\n{given_up}\n{first}",
            "conv2d_forward": own,
        }
        yield f"a route through {name}", why, sources, 0.5  # for its integer
