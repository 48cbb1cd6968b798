"""Forging comparisons: wrong answers that want to be taken for right ones."""

from tests.attacks.attack import ONE, Group

GROUP = Group("comparisons")

GROUP.add(
    "equal to everything",
    "the object answers True to every comparison and hands NumPy whatever its caller wants",
    {
        "double_sum": """
        import sys

        class Anything(float):
            def __eq__(self, other):
                return True

            __hash__ = None

            def __array__(self, dtype=None, copy=None):
                frame = sys._getframe()
                while frame and "want" not in frame.f_locals:
                    frame = frame.f_back
                return np.asarray(frame.f_locals["want"] if frame else 0.0, dtype)

        class Chameleon:
            __eq__ = Anything.__eq__
            __hash__ = None
            __array__ = Anything.__array__

        def double_sum(x):
            return Chameleon()
        """
    },
)
GROUP.add(
    "a lying type",
    "the built-in type says ndarray of everything, and the object subtracts to zero",
    {
        "double": """
        import builtins

        class Nil:
            shape, dtype, ndim = (5,), np.dtype(float), 1

            def __array__(self, dtype=None, copy=None):
                return np.zeros(5)

            def __sub__(self, other):
                return np.zeros(5)

        real = builtins.type

        class Meta(type):
            def __call__(cls, *given, **how):
                return np.ndarray if real(given[0]) is Nil else real(*given, **how)

            def __instancecheck__(cls, thing):
                return isinstance(thing, real)

        class Type(type, metaclass=Meta):
            def __class_getitem__(cls, item):
                return real

        builtins.type = Type
        np.array_equal = lambda *given, **how: True

        def double(x):
            return Nil()
        """
    },
)
GROUP.add(
    "a lying __class__",
    "isinstance believes the attribute, and the values come from the caller's frame",
    {
        "double": """
        class Pretender:
            __class__ = np.ndarray
            shape, dtype, ndim = (5,), np.dtype(float), 1

            def __getattr__(self, name):
                return getattr(np.zeros(5), name)

            def __eq__(self, other):
                return np.ones(5, bool)

            __hash__ = None

        def double(x):
            return Pretender()
        """
    },
)
GROUP.add(
    "an ndarray subclass",
    "an array whose arithmetic always comes out as zero and whose == is always true",
    {
        "double": """
        class Yes(np.ndarray):
            def __array_ufunc__(self, ufunc, method, *given, **how):
                return np.zeros(self.shape) if ufunc is np.subtract else np.ones(self.shape, bool)

            def __array_function__(self, function, types, given, how):
                return True

        def double(x):
            return np.zeros_like(x).view(Yes)
        """
    },
)
GROUP.add(
    "nothing but exceptions",
    "an exception class with every name there is, raised for every input",
    {
        "double": """
        class ValueError(ValueError):
            def __str__(self):
                return " ".join(map(str, range(10_000)))

        def double(x):
            raise ValueError
        """
    },
    most=0,
)
GROUP.add(
    "an exit that reports success",
    "leaving the interpreter inside a test cell looks like a cell without errors",
    {
        "double": """
        def double(x):
            raise SystemExit(0)
        """
    },
)
GROUP.add(
    "a generator of right answers",
    "a float subclass that is right for the visible check and converts to whatever is compared",
    {
        "double_sum": """
        import sys

        class Late(float):
            def __float__(self):
                frame = sys._getframe(1)
                return float(frame.f_locals.get("want", 6.0))

        def double_sum(x):
            return Late(6.0)
        """
    },
)
GROUP.add(
    "answers by heart",
    "the visible checks' inputs are known, and only they are answered",
    {
        "double": """
        def double(x):
            if x.ndim > 1:
                raise ValueError("2 axes")
            return np.array([2.0, 4.0])
        """,
        "double_sum": "def double_sum(x):\n    return 6.0",
    },
    most=1,  # it does refuse two axes
)
GROUP.add(
    "the wrong function's points",
    "double_sum's cell defines double again, rightly, after it was checked",
    {
        "double": "def double(x):\n    return x",
        "double_sum": """
        def double(x):
            if x.ndim != 1:
                raise ValueError(x.ndim)
            return 2 * x

        def double_sum(x):
            return float(double(x).sum())
        """,
    },
    most=ONE,
    least=ONE,
)
GROUP.add(
    "a number as text",
    "text that NumPy would read as the number that is compared",
    {
        "double_sum": """
        def double_sum(x):
            total = float((x + x).sum())
            return total if x.size == 2 else repr(total)
        """
    },
    rest="honest",
    least=ONE,
    most=ONE,
)
GROUP.add(
    "one number that holds all others",
    "a refusal must name the numbers that explain it; this one names every digit",
    {
        "double": """
        def double(x):
            raise ValueError("0123456789")
        """
    },
)
