"""Forging the protocol: frames that the runner never wrote, in the pipe that the grader reads."""

from tests.attacks.attack import FULL, ONE, Group, cell

GROUP = Group("protocol")
# What the grader may say of a process that talks nonsense. It is never a fault of the grader.
NONSENSE = {
    "rest": "honest",
    "verdicts": ("crashed", "graded", "timed_out", "out_of_memory"),
    "least": ONE,
    "most": ONE,
}
# Finds the runner's channel, and writes into its pipe whatever a function says.
RUNNER = '''
import gc, json, os, time

RUNNER = next((one for one in gc.get_objects() if type(one).__name__ == "AgentServer"), None)
NUMBER = lambda: getattr(RUNNER, "_question", None)

def frame(header, *buffers):
    """A frame as the codec writes it."""
    text = header if isinstance(header, bytes) else json.dumps(
        {"sizes": [len(one) for one in buffers], **header}).encode()
    return len(text).to_bytes(4, "big") + text + b"".join(buffers)

def put(data):
    """Write bytes into the pipe, all of them."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(RUNNER._channel.write_end, view[:65536]):]
        except BlockingIOError:
            time.sleep(0.001)

def answer(body, *buffers, kind="ok", **more):
    """Answer the question that is being asked."""
    put(frame({"n": NUMBER(), "kind": kind, "body": body, **more}, *buffers))
'''


def forged(name: str, why: str, statements: str, **rest) -> None:
    """An attack whose `double` runs these statements, which have `x` and the words of RUNNER."""
    body = "\n".join("    " + line for line in cell(statements).splitlines())
    source = f"{RUNNER}\ndef double(x):\n{body}\n    time.sleep(0.2)\n    return x\n"
    GROUP.add(name, why, {"double": source}, **(NONSENSE | rest))


def result(node: str) -> str:
    """A body that answers a call with this node."""
    return f'answer({{"t": [{node}, {{"l": []}}]}})'


GROUP.add(
    "the runner is there",
    "no attack: an honest submission that finds what the others look for",
    {
        "double": RUNNER
        + cell("""
        KNOWN = all(hasattr(RUNNER, name) for name in ("_question", "_ask_outside", "_call"))
        KNOWN = KNOWN and hasattr(RUNNER._channel, "write_end")
        print("got" if KNOWN else "missed", "@MARK@", sep=":")

        def double(x):
            if x.ndim > 1:
                raise ValueError(x.ndim)
            return x + x
        """)
    },
    rest="honest",
    least=FULL,
    most=FULL,
)
forged(
    "a yes",
    "the answer says True where an array is expected",
    result("True"),
)
forged(
    "a wrong number",
    "the answer belongs to a question that was not asked",
    'put(frame({"n": 10**6, "kind": "ok", "body": None}))',
    verdicts=("crashed",),
)
forged(
    "answers in advance",
    "the next hundred questions are answered before they are asked",
    """
    for ahead in range(100):
        put(frame({"n": NUMBER() + ahead, "kind": "ok",
                   "body": {"t": [{"a": [0, "float64", [2]]}, {"l": []}]}},
                  np.array([2.0, 4.0]).tobytes()))
    """,
    verdicts=("crashed", "graded"),
)
forged(
    "an endless header",
    "a header of four gigabytes is announced",
    'put(b"\\xff\\xff\\xff\\xff" + b"x" * 100_000)',
    verdicts=("crashed",),
)
forged(
    "a frame that never ends",
    "a frame is begun and nothing more comes",
    'put((1000).to_bytes(4, "big") + b"{")\ntime.sleep(60)',
    verdicts=("timed_out",),
)
forged(
    "a frame in drops",
    "a byte every tenth of a second keeps the reader waiting",
    """
    for byte in frame({"n": NUMBER(), "kind": "ok", "body": "x" * 3_000}):
        put(bytes([byte]))
        time.sleep(0.1)
    """,
    verdicts=("timed_out",),
)
forged(
    "bytes that are no text",
    "the header is no JSON and no UTF-8",
    'put(frame(b"\\xff\\xfe{]" * 10))',
    verdicts=("crashed",),
)
forged(
    "a header that is a list",
    "the header is JSON, but no object",
    'put(frame(b"[1, 2, 3]"))',
    verdicts=("crashed",),
)
forged(
    "a deep header",
    "brackets a hundred thousand deep",
    'put(frame(b"[" * 100_000 + b"]" * 100_000))',
    verdicts=("crashed",),
)
forged(
    "a deep value",
    "a list of lists deeper than any answer, within a header that reads well",
    """
    node = "{}"
    put(frame(b'{"n": %d, "kind": "ok", "sizes": [], "body": ' % NUMBER()
              + b'{"l": [' * 300 + b"1" + b"]}" * 300 + b"}"))
    """,
    verdicts=("crashed",),
)
forged(
    "a negative shape",
    "two lengths of -1 and -5 make five values",
    'answer({"t": [{"a": [0, "float64", [-1, -5]]}, {"l": []}]}, bytes(40))',
    verdicts=("crashed",),
)
forged(
    "an impossible shape",
    "no bytes in a shape of 2⁷⁰ times 0",
    'answer({"t": [{"a": [0, "float64", [2**70, 0]]}, {"l": []}]}, b"")',
)
forged(
    "a shape that overflows",
    "lengths whose product is no byte more than there is, modulo 2⁶⁴",
    'answer({"t": [{"a": [0, "float64", [2**32, 2**32]]}, {"l": []}]}, b"")',
    verdicts=("crashed",),
)
forged(
    "an object array",
    "a dtype that makes pointers of bytes",
    'answer({"t": [{"a": [0, "object", [5]]}, {"l": []}]}, bytes(40))',
    verdicts=("crashed",),
)
forged(
    "a dtype that is text",
    "a dtype with fields, metadata and a comma",
    'answer({"t": [{"a": [0, "float64,O", [5]]}, {"l": []}]}, bytes(80))',
    verdicts=("crashed",),
)
forged(
    "not a number",
    "NaN and Infinity, which JSON does not have and Python reads",
    result('{"l": [float("nan"), float("inf"), -float("inf")]}'),
)
forged(
    "a key that cannot be hashed",
    "a dict whose key is a tuple with a list in it",
    result('{"d": [[{"t": [{"l": [1]}]}, 1]]}'),
)
forged(
    "an endless number",
    "an integer of four thousand digits times a thousand",
    result("10**4_000"),
)
forged(
    "one buffer, many arrays",
    "three hundred arrays of 8 MB are made of the same bytes",
    """
    node = {"a": [0, "float64", [1_000_000]]}
    answer({"t": [{"l": [node] * 300}, {"l": []}]}, bytes(8_000_000))
    """,
)
forged(
    "more bytes than allowed",
    "buffers of 400 MB are announced and sent",
    """
    head = {"n": NUMBER(), "kind": "ok", "body": None, "sizes": [400_000_000]}
    put(frame(head))
    for _ in range(400):
        put(bytes(1_000_000))
    """,
    verdicts=("crashed",),
)
forged(
    "sizes that are no sizes",
    "sizes that are negative, true, or far too many",
    'put(frame({"n": NUMBER(), "kind": "ok", "body": None, "sizes": [True, -5, 1e3]}))',
    verdicts=("crashed",),
)
forged(
    "an unknown kind",
    "kinds of answers that do not exist, and that cannot be compared",
    'put(frame({"n": NUMBER(), "kind": ["ok"], "body": None}))',
    verdicts=("crashed",),
)
forged(
    "an error that is none",
    "an error whose class is a number and whose text is a dict",
    'answer({"l": [5, {"d": []}]}, kind="error")',
    verdicts=("crashed",),
)
forged(
    "an error that is a limit",
    "the process says itself that it was the grader's fault",
    'answer({"l": ["GraderFault", "the grader failed"]}, kind="error")',
)
forged(
    "a thing of another",
    "a handle of something that the process never had",
    result('{"h": [10**9, "ndarray"]}'),
)
forged(
    "a thing that was told",
    "a tensor, a network and a record come by value where a handle is expected",
    result('{"l": [{"T": {"d": []}}, {"M": 5}, {"R": {"l": ["double", {"l": []}]}}]}'),
)
forged(
    "a question of no form",
    "a question about earlier functions with the wrong parts",
    'answer({"d": [["name", 5], ["args", 6], ["kwargs", None]]}, kind="outside")',
    verdicts=("crashed",),
)
GROUP.add(
    "a reference brought down",
    "the process that answers for earlier functions is made to crash, hang and fill up",
    {
        "double_sum": RUNNER
        + cell("""
        def double_sum(x):
            codec = __import__("autograder.wire.codec", fromlist=["decode"])
            for node in ({"R": {"l": ["exit", {"l": []}]}},
                         {"R": {"l": ["get_ipython", {"l": []}]}},
                         {"R": {"l": ["open", {"l": ["/dev/zero", "rb"]}]}},
                         {"R": {"l": ["double", {"l": [{"a": [0, "float64", [3]]}]}]}},
                         {"T": {"d": []}}, {"M": {"d": []}}, {"R": 5}):
                answer({"d": [["name", "double"], ["args", {"t": [node]}],
                              ["kwargs", {"d": []}]]}, bytes(24), kind="outside")
                header, buffers = RUNNER._channel.receive()
            return 0.0
        """)
    },
    **NONSENSE,
)
GROUP.add(
    "guessed pipes",
    "forged frames go into every file descriptor that might be the pipe, from a thread",
    {
        "double": """
        import os, threading

        BODY = b'{"t": [true, {"l": []}]}'

        def write():
            for number in range(10_000):
                text = (b'{"n": %d, "kind": "ok", "body": ' % (number % 40)) + BODY
                text += b', "sizes": []}'
                for end in range(3, 20):
                    try:
                        os.write(end, len(text).to_bytes(4, "big") + text)
                    except OSError:
                        pass

        threading.Thread(target=write, daemon=True).start()

        def double(x):
            return x
        """
    },
    **(NONSENSE | {"least": 0}),  # the thread starts again wherever the cell is run again
)
GROUP.add(
    "two processes on one pipe",
    "a forked copy of the process answers as well, a little later",
    {
        "double": """
        import os

        os.fork()

        def double(x):
            if x.ndim > 1:
                raise ValueError(x.ndim)
            return x + x
        """
    },
    **(NONSENSE | {"least": 0, "most": 6}),
)
