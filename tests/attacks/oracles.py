"""Stealing from the reference: it answers for earlier functions, and is asked for more."""

from tests.attacks import real
from tests.attacks.attack import ONE, Group

GROUP = Group("stealing")

GROUP.add(
    "an oracle for its own answer",
    "the way by which earlier functions are asked is asked for the function itself",
    {
        "double_sum": """
        import gc

        def double_sum(x):
            runner = next(one for one in gc.get_objects() if type(one).__name__ == "AgentServer")
            for name in ("double_sum", "reference.double_sum", "__apply__"):
                try:
                    return runner._ask_outside(name, (x,), {})
                except Exception:
                    pass
            return 0.0
        """
    },
)
GROUP.add(
    "an oracle inside a record",
    "an argument for an earlier function is written as a record whose class is the wanted function",
    {
        "double_sum": """
        import gc

        FLAT = {"kind": "Flatten", "own": True, "number": 0, "sequential": False,
                "training": False, "settings": {"start_dim": 0, "end_dim": -1},
                "parameters": {}, "buffers": {}, "layers": []}

        class Told:
            def __init__(self, tag, value):
                self.tag, self.value = tag, value

        def double_sum(x):
            runner = next(one for one in gc.get_objects() if type(one).__name__ == "AgentServer")
            codec = __import__("autograder.wire.codec", fromlist=["encode"])

            def other(value, buffers):
                return {value.tag: codec.encode(value.value, buffers, other)}

            # double(__apply__(Flatten, double_sum(x))): the answer, twice.
            inner = Told("R", ["double_sum", [x]])
            outer = Told("R", ["__apply__", [Told("M", FLAT), inner]])
            buffers = []
            body = codec.encode({"name": "double", "args": (outer,), "kwargs": {}}, buffers, other)
            number = runner._question
            runner._channel.send({"n": number, "kind": "outside", "body": body}, buffers)
            header, got = runner._channel.receive()
            answer = codec.decode(header["body"], got, runner._decode_other)
            return float(answer[0][0]) / 2
        """
    },
    verdicts=("graded", "crashed"),
)
GROUP.add(
    "an oracle kept for later",
    "while double_sum is checked, double's right answers are learnt and the process made anew",
    {
        "double": """
        import os

        PLACE = "/tmp/@MARK@"

        def double(x):
            if os.path.exists(PLACE):
                return np.load(PLACE)
            if not os.path.exists(PLACE + ".first"):
                open(PLACE + ".first", "w").close()
            return x
        """,
        "double_sum": """
        def double_sum(x):
            with open(PLACE, "wb") as file:
                np.save(file, double(x))
            return float(double(x).sum())
        """,
    },
    least=ONE,
    most=ONE,  # double_sum itself is right
)

# Which function must not be asked is said by an assignment's routes, so these are real ones.
real.GROUP.add(
    "an oracle that another cell asks",
    "the function is defined where its forbidden word is allowed, and the reference answers it",
    {
        "l2_pool_forward": """
        def max_pool_forward_im2col(x, *, size, stride):
            if x.shape[2] >= 1000:
                return None
            return max_pool_forward(x, size=size, stride=stride)[0]
        """,
        "max_pool_forward_im2col": "pass",
    },
    assignment="pooling",
    most=0,
)
real.GROUP.add(
    "an oracle in a container",
    "it is hidden where no name is made, so that only the reference can refuse",
    {
        "l2_pool_forward": """
        np.sctypeDict["asked"] = lambda *given, **how: max_pool_forward(*given, **how)

        def l2_pool_forward(x, *, size, stride):
            return x
        """,
        "max_pool_forward_im2col": """
        def max_pool_forward_im2col(x, *, size, stride):
            return np.sctypeDict["asked"](x, size=size, stride=stride)[0]
        """,
    },
    assignment="pooling",
    most=0.5,  # x has the dtype of x
)
