"""Attacks on the course's own assignments in NumPy: their forbidden routes, races and records."""

from tests.attacks.attack import Group
from tests.attacks.routes import routes

GROUP = Group("real")
# The runner's names, where a hidden question is being asked, without a word that is ruled out.
FIND = """
        import sys

        def find():
            frame = sys._getframe()
            while frame:
                if frame.f_code.co_name in ("_call", "_steps") and "AgentServer" in frame.f_globals:
                    return frame.f_globals
                frame = frame.f_back
"""

for _name, _why, _sources, _most in routes():
    GROUP.add(_name, _why, _sources, assignment="naive_convolution", most=_most)

GROUP.add(
    "a race against a hobbled loop",
    "loops with a memory, while six processes keep the grader's processors busy between calls",
    {
        "conv2d_forward_im2col": """
        import os

        KNOWN, BUSY = {}, []

        def burn():
            for _ in range(6):
                try:
                    child = os.fork()
                except OSError:
                    return
                if child == 0:
                    for _ in range(40_000_000):
                        pass
                    os._exit(0)
                BUSY.append(child)

        def rest():
            while BUSY:
                os.kill(BUSY[-1], 9)
                os.waitpid(BUSY.pop(), 0)

        def conv2d_forward_im2col(x, w, b, *, stride=1, pad=0):
            rest()
            key = x.tobytes() + w.tobytes() + b.tobytes() + bytes([stride, pad])
            if key not in KNOWN:
                im2col(x, w.shape[2:], stride=stride, pad=pad)  # refuses what does not tile
                p = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
                OH = (p.shape[2] - w.shape[2]) // stride + 1
                OW = (p.shape[3] - w.shape[3]) // stride + 1
                out = np.zeros((len(x), len(w), OH, OW), x.dtype)
                for n, f, i, j in np.ndindex(*out.shape):
                    top, left = i * stride, j * stride
                    window = p[n, :, top:top + w.shape[2], left:left + w.shape[3]]
                    out[n, f, i, j] = (window * w[f]).sum() + b[f]
                KNOWN[key] = out
            if x.shape[2:] == (20, 20):
                burn()
            return KNOWN[key].copy()
        """
    },
    assignment="im2col_convolution",
    verdicts=("graded", "timed_out", "out_of_memory"),
    most=7.5,
)
GROUP.add(
    "a race that a child runs",
    "the process that is watched only waits; its child goes on as the runner, with slow loops",
    {
        "conv2d_forward_im2col": """
        import os, time

        real, spent = time.perf_counter, 0.0
        time.perf_counter = lambda: real() - spent  # what the visible check believes

        def conv2d_forward_im2col(x, w, b, *, stride=1, pad=0):
            global spent
            begun = real()
            if x.shape[2:] != (20, 20):
                im2col(x, w.shape[2:], stride=stride, pad=pad)  # refuses what does not tile
            p = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
            (F, _, KH, KW), W = w.shape, w.reshape(len(w), -1).T
            OH, OW = (p.shape[2] - KH) // stride + 1, (p.shape[3] - KW) // stride + 1
            out = np.empty((len(x), F, OH, OW), x.dtype)
            for n in range(len(x)):
                for i in range(OH):
                    for j in range(OW):
                        window = p[n, :, i * stride:, j * stride:][:, :KH, :KW].reshape(-1)
                        for f in range(F):
                            out[n, f, i, j] = window @ W[:, f] + b[f]
            spent += real() - begun
            return out

        if os.fork():
            while True:
                try:
                    os.wait()
                except ChildProcessError:
                    os._exit(0)
        """
    },
    assignment="im2col_convolution",
    most=7.5,
)
GROUP.add(
    "in place, unseen",
    "x is destroyed in hidden shapes only, byte by byte, through a view that does not look like x",
    {
        "im2col": """
        def im2col(x, kernel, *, stride=1, pad=0):
            (N, C, H, W), (KH, KW) = x.shape, kernel
            OH, OW = H - KH + 2 * pad, W - KW + 2 * pad
            if OH % stride or OW % stride:
                raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
            OH, OW = OH // stride + 1, OW // stride + 1
            p = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
            rows = [p[:, c, u:u + (OH - 1) * stride + 1:stride, v:v + (OW - 1) * stride + 1:stride]
                    for c in range(C) for u in range(KH) for v in range(KW)]
            out = np.stack(rows, axis=1).reshape(N, C * KH * KW, OH * OW)
            if x.shape == (2, 3, 9, 6):
                np.lib.stride_tricks.as_strided(x.view(np.uint8), (1,), (1,))[0] += 1
            return out
        """
    },
    assignment="im2col_convolution",
    least=11,
    most=11,
)
GROUP.add(
    "lines that are not counted",
    "a loop over places, while the runner's counter of lines always says ten",
    {
        "max_pool_forward_im2col": FIND
        + """
        def max_pool_forward_im2col(x, *, size, stride):
            if runner := find():
                runner["count_steps"].__code__ = (lambda call: call() is None or 10).__code__
            (N, C, H, W), (KH, KW) = x.shape, size
            if (H - KH) % stride or (W - KW) % stride:
                raise ValueError(f"{H} {W} {KH} {KW} {stride}")
            out = np.empty((N, C, (H - KH) // stride + 1, (W - KW) // stride + 1), x.dtype)
            for i, j in np.ndindex(*out.shape[2:]):
                top, left = i * stride, j * stride
                out[:, :, i, j] = x[:, :, top:top + KH, left:left + KW].max(axis=(2, 3))
            return out
        """
    },
    assignment="pooling",
    most=0,
)
# One place after another, and what an attack does before; `lines_run` is the visible check's.
LOOP = """
        def max_pool_forward_im2col(x, *, size, stride):
            (N, C, H, W), (KH, KW) = x.shape, size
            for length, window in zip((H, W), size):
                if (length - window) % stride:
                    raise ValueError(f"{length} {window} {stride}")
            OH, OW = (H - KH) // stride + 1, (W - KW) // stride + 1
            @FIRST@
            out = np.empty((N, C, OH, OW), x.dtype)
            for i, j in np.ndindex(OH, OW):
                top, left = i * stride, j * stride
                out[:, :, i, j] = x[:, :, top:top + KH, left:left + KW].max(axis=(2, 3))
            return out

        def lines_run(function, *given, **how):
            return 1
"""
for _name, _why, _first in (
    (
        "a loop that is wrong where it is watched",
        "the planes that are counted or timed get a made-up answer, which takes no time",
        """
            if x.min() == x.max() or x.size > 5000:
                return np.full((N, C, OH, OW), x.max())
""",
    ),
    (
        "a loop that raises where it is watched",
        "it fails on the shape that a count begins with, so that nobody counts on",
        """
            if x.shape == (1, 2, 5, 6):
                raise RuntimeError
""",
    ),
    (
        "a loop over lists",
        "where it is timed it loops over lists, five times as fast as over slices of an array",
        """
            if x.min() == x.max():
                return np.full((N, C, OH, OW), x.max())
            if N == C == KH == 1:
                return np.array([[max(row[j:j + KW]) for j in range(0, OW * stride, stride)]
                                 for row in x[0, 0, ::stride].tolist()], x.dtype)[None, None]
            if N == C == KW == 1:
                return np.array([[max(row[j:j + KH]) for j in range(0, OH * stride, stride)]
                                 for row in x[0, 0, :, ::stride].T.tolist()]).T[None, None].copy()
""",
    ),
    (
        "a loop without lines",
        "a map from place to place is a loop in C, of which no line is counted",
        """
            windows = np.lib.stride_tricks.sliding_window_view(x, size, axis=(2, 3))
            windows = windows[:, :, ::stride, ::stride].reshape(-1, KH * KW)
            flat = np.fromiter(map(np.maximum.reduce, windows), x.dtype)
            return flat.reshape(N, C, OH, OW)
""",
    ),
):
    GROUP.add(
        _name,
        _why,
        {"max_pool_forward_im2col": LOOP.replace("            @FIRST@\n", _first.lstrip("\n"))},
        assignment="pooling",
    )
GROUP.add(
    "an earlier function through another cell",
    "the forbidden word stands in a cell where it is allowed, under another name",
    {
        "l2_pool_forward": """
        def helper(*given, **how):
            return max_pool_forward(*given, **how)[0]

        def l2_pool_forward(x, *, size, stride):
            return x
        """,
        "max_pool_forward_im2col": """
        def max_pool_forward_im2col(x, *, size, stride):
            return helper(x, size=size, stride=stride)
        """,
    },
    assignment="pooling",
    most=0.5,  # x has the dtype of x
)
GROUP.add(
    "an array that computes late",
    "an object with __array__ and a subclass that compares as it likes stand for the result",
    {
        "avg_pool_forward": """
        class Late:
            def __init__(self, shape):
                self.shape, self.dtype, self.ndim = shape, np.dtype(float), len(shape)

            def __array__(self, dtype=None, copy=None):
                return np.zeros(self.shape)

            def __eq__(self, other):
                return True

            __hash__ = None

        class Yes(np.ndarray):
            def __array_ufunc__(self, *given, **how):
                return np.zeros(self.shape)

        def avg_pool_forward(x, *, size, stride):
            return Late((1, 1, 2, 2)) if x.size % 2 else np.zeros((1, 1, 2, 2)).view(Yes)
        """
    },
    assignment="pooling",
)
