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
                if frame.f_code.co_name in ("_call", "_steps") and "Answering" in frame.f_globals:
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
            if x.shape == (4, 3, 20, 20):
                burn()
            return KNOWN[key].copy()
        """
    },
    assignment="im2col_convolution",
    verdicts=("graded", "timed_out", "out_of_memory"),
    most=7,
)
GROUP.add(
    "in place, unseen",
    "a function that destroys its arguments, and a runner that is made to see nothing",
    {
        "im2col": FIND
        + """
        def im2col(x, kernel, *, stride=1, pad=0):
            if runner := find():
                runner["_Record"].changed = lambda self: []
            N, C, H, W = x.shape
            (KH, KW), OH, OW = kernel, (H - kernel[0] + 2 * pad), (W - kernel[1] + 2 * pad)
            if OH % stride or OW % stride:
                raise ValueError(f"{H} {W} {KH} {KW} {stride} {pad}")
            OH, OW = OH // stride + 1, OW // stride + 1
            p = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
            rows = [p[:, c, u:u + (OH - 1) * stride + 1:stride, v:v + (OW - 1) * stride + 1:stride]
                    for c in range(C) for u in range(KH) for v in range(KW)]
            out = np.stack(rows, axis=1).reshape(N, C * KH * KW, OH * OW)
            if runner:
                x[...] = 0
            return out
        """
    },
    assignment="im2col_convolution",
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
    most=0,
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
