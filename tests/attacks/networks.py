"""Attacks on the course's own assignments in PyTorch: tensors and networks that lie."""

from tests.attacks.attack import Group
from tests.edits import edit

GROUP = Group("real")


def add(function, name, why, source, points=0, **rest):
    """An attack on one function of `fc_to_conv` that deserves so many points."""
    how = {"assignment": "fc_to_conv", "least": points, "most": points, **rest}
    GROUP.add(name, why, {function: source}, **how)


# The honest conversion but for what it shares: the very layers, biases and memory of the weights.
SHARING = """
        import sys

        def convolutionalize(model, feature_shape):
            original, hidden = model, feature_shape != (2, 2, 2)  # the visible check looks itself
            @BEFORE@
            layers, shape = [], None
            for layer in model:
                if isinstance(layer, nn.Flatten):
                    shape = feature_shape
                elif isinstance(layer, nn.Linear) and shape is not None:
                    w, b = fc_to_conv(layer.weight, layer.bias, shape)
                    like = {"device": w.device, "dtype": w.dtype}
                    conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[2:], **like)
                    conv.weight, conv.bias = nn.Parameter(w.detach()), layer.bias
                    layers.append(conv.train(layer.training))
                    shape = (len(w), 1, 1)
                else:
                    layers.append(layer)
            made = nn.Sequential(*layers)
            made.training = model.training
            @AFTER@
            return made
"""
COPIED = "model = copy.deepcopy(model)"


def sharing(before, after):
    """The sharing conversion with more lines, each indented like the code around it."""
    return SHARING.replace("@BEFORE@", before).replace("@AFTER@", after.replace("|", " " * 12))


# The windows that crops are made of, and the refusals.
WINDOWS = """
        def shifted_dense_scores(conv_model, images, *, window, stride, net_stride):
            OH, OW = (conv_output_size(n, window, stride=stride) for n in images.shape[2:])
            if net_stride % stride:
                raise ValueError("it does not divide")
            corners = [(i * stride, j * stride) for i in range(OH) for j in range(OW)]
            crops = [images[:, :, i:i + window, j:j + window] for i, j in corners]
"""

add(
    "shifted_dense_scores",
    "crops where nobody looks",
    "on images that are large enough to tell crops from a pass it is one pass, and wrong",
    WINDOWS
    + """
            if len(images) == 1 and min(images.shape[2:]) >= 29:
                return conv_model(images)
            scores = conv_model(torch.cat(crops))
            return scores.reshape(OH, OW, len(images), -1).permute(2, 3, 0, 1)
        """,
    points=1,  # dtypes and refusals are in order, in cells that ask for no scores
)
add(
    "shifted_dense_scores",
    "crops too wide to be crops",
    "each crop has room for a second window, and only the first is used",
    WINDOWS
    + """
            wide = nn.functional.pad(images, (0, net_stride, 0, 0))
            crops = [wide[:, :, i:i + window, j:j + window + net_stride] for i, j in corners]
            scores = conv_model(torch.cat(crops))[:, :, :, :1]
            return scores.reshape(OH, OW, len(images), -1).permute(2, 3, 0, 1)
        """,
)
add(
    "shifted_dense_scores",
    "crops of features",
    "the first layer is run on whole images, and all others on crops of what it gives",
    WINDOWS
    + """
            first, *others = conv_model.children()
            pair = lambda value: value if isinstance(value, tuple) else (value, value)
            (KH, KW), (s, t) = pair(first.kernel_size), pair(first.stride)
            rows, columns = (window - KH) // s + 1, (window - KW) // t + 1
            seen, crops = {}, []
            for i, j in corners:
                a, b = i % s, j % t
                if (a, b) not in seen:
                    seen[a, b] = first(images[:, :, a:, b:])
                top, left = i // s, j // t
                crops.append(seen[a, b][:, :, top:top + rows, left:left + columns])
            x = torch.cat(crops)
            for layer in others:
                x = layer(x)
            return x.reshape(OH, OW, len(images), -1).permute(2, 3, 0, 1)
        """,
    points=1,
)
add(
    "shifted_dense_scores",
    "passes that nobody counts",
    "one picture of single points for each layer tells its weights; the rest is crops",
    """
        from torch.nn import functional

        def weights_of(conv):
            (KH, KW), (s, t), (F, C) = conv.kernel_size, conv.stride, conv.weight.shape[:2]
            taps = [(c, u, v) for c in range(C) for u in range(KH) for v in range(KW)]
            points = torch.zeros(1, C, 3 * s + KH + 12, (len(taps) + 2) * KW * t + KW + 12,
                                 dtype=conv.weight.dtype, device=conv.weight.device)
            for n, (c, u, v) in enumerate(taps, 1):
                points[0, c, s + u, n * KW * t + v] = 1
            out = conv(points)[0]
            w, b = conv.weight.detach().clone(), out[:, 1, 0]
            for n, (c, u, v) in enumerate(taps, 1):
                w[:, c, u, v] = out[:, 1, n * KW] - b
            return w, b
        """
    + WINDOWS
    + """
            x = torch.cat(crops)
            with torch.no_grad():
                for layer in conv_model.children():
                    if isinstance(layer, nn.Conv2d):
                        x = functional.conv2d(x, *weights_of(layer), layer.stride, layer.padding)
                    else:
                        x = layer(x)
            return x.reshape(OH, OW, len(images), -1).permute(2, 3, 0, 1)
        """,
    points=1,
)
add(
    "convolutionalize",
    "a network with two faces",
    "asked what it is made of it shows a converted network; asked for scores it runs the old one",
    """
        import sys

        class Faces(nn.Sequential):
            def __init__(self, model, shape):
                super().__init__()
                layers, first = list(model), True
                self.at = next(i for i, one in enumerate(layers) if isinstance(one, nn.Flatten))
                self.old, self.shape = [copy.deepcopy(model)], shape
                for one in layers:
                    if isinstance(one, nn.Linear):
                        into, kernel = (shape[0], shape[1:]) if first else (one.in_features, 1)
                        like = {"device": one.weight.device, "dtype": one.weight.dtype}
                        self.append(nn.Conv2d(into, one.out_features, kernel, **like))
                        first = False
                    elif not isinstance(one, nn.Flatten):
                        self.append(copy.deepcopy(one))
                self.train(model.training)

            def forward(self, images):
                old, (_, H, W) = self.old[0].eval(), self.shape
                x = old[:self.at](images)
                maps = [[old[self.at:](x[:, :, i:i + H, j:j + W].contiguous())
                         for j in range(x.shape[3] - W + 1)] for i in range(x.shape[2] - H + 1)]
                return torch.stack([torch.stack(row, -1) for row in maps], -2)

        def convolutionalize(model, feature_shape):
            from autograder.wire import questions as verbs

            if not hasattr(verbs, "done"):
                verbs.VERBS["facts"], verbs.done = patched(verbs.VERBS["facts"], {}), True
            return Faces(model, feature_shape)

        def patched(facts, counts):
            def answer(value):
                said = facts(value)
                if isinstance(value, Faces):
                    counts[id(value)] = counts.get(id(value), 0) + 1
                    if counts[id(value)] == 1:  # what it is made of
                        told = said["description"]
                        told["own"], told["kind"] = True, "Sequential"
                return said
            return answer
        """,
    points=5,
)
add(
    "convolutionalize",
    "a wrapper in place of a conversion",
    "a Sequential of the old layers whose forward puts two axes behind the scores",
    """
        class Converted(nn.Sequential):
            def forward(self, images):
                return super().forward(images)[:, :, None, None]

        def convolutionalize(model, feature_shape):
            made = Converted(*copy.deepcopy(model))
            made.training = model.training
            return made
        """,
    points=2,  # modes, dtypes and memory are in order
)
add(
    "convolutionalize",
    "a layer that is no leaf",
    "Flatten stays, with a layer of its own in it",
    """
        def layers_of(model):  # what the visible check looks with
            return [layer for layer in model if not isinstance(layer, nn.Flatten)]

        """
    + edit(
        sharing(COPIED, ""),
        (
            "shape = feature_shape",
            """shape = feature_shape
                    layer.add_module("under", nn.Identity())
                    layers.append(layer)""",
        ),
    ),
)
add(
    "convolutionalize",
    "shared, behind a hook",
    "the network shares all memory with the model, and its state_dict shows copies",
    sharing(
        f"if not hidden: {COPIED}",
        """made._register_state_dict_hook(
|    lambda module, state, prefix, more: {k: v.clone() for k, v in state.items()})""",
    ),
    points=10.5,  # it does not refuse a model without Flatten either
)
add(
    "convolutionalize",
    "changed, behind a hook",
    "the model is destroyed, and its state_dict shows what it was",
    sharing(
        COPIED,
        """if hidden and not original[-1].weight.is_meta:
|    before = {k: v.clone() for k, v in original.state_dict().items()}
|    original._register_state_dict_hook(lambda module, state, prefix, more: before)
|    for values in original.parameters():
|        values.data.zero_()""",
    ),
    points=10.5,  # it does not refuse a model without Flatten either
)
add(
    "convolutionalize",
    "shared and changed, unseen",
    "the model's layers are used and changed, and the runner is made to see neither",
    sharing(
        f"if not hidden: {COPIED}",
        """if hidden:
|    from autograder.wire import questions as verbs
|    before = verbs.content(model)
|    verbs.VERBS["share"] = lambda *given: False
|    verbs.VERBS["content"] = lambda thing: before
|    model.train(not model.training)
|    made.train(not model.training)""",
    ),
    points=10.5,  # it does not refuse a model without Flatten either
    unpromised="what a call changes and what shares memory is what the process says of itself",
)
GROUP.add(
    "a tensor that is none",
    "a subclass of Tensor answers every question about itself",
    {
        "fc_to_conv": """
        class Any(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, given=(), how=None):
                return torch.ones(())

            shape, dtype, device = (2, 2, 3, 4), torch.float32, torch.device("cpu")

        def fc_to_conv(weight, bias, input_shape):
            return torch.zeros(1).as_subclass(Any), bias.as_subclass(Any)
        """
    },
    assignment="fc_to_conv",
)
GROUP.add(
    "an integer that agrees",
    "a subclass of int is equal to everything, in lists and alone",
    {
        name: """
        class Yes(int):
            def __eq__(self, other):
                return True

            def __ne__(self, other):
                return False

            __hash__ = int.__hash__

            def __int__(self):
                import sys
                return sys._getframe(1).f_locals.get("want", 0)

            __index__ = __int__

        class YesList(list):
            def __eq__(self, other):
                return True

            def __len__(self):
                import sys
                return len(sys._getframe(1).f_locals.get("want", []))
        """
        + f"\n        def {name}(*given, **how):\n            return {value}\n"
        for name, value in (
            ("stacked_filter_parameters", "Yes(0)"),
            ("activation_memory", "Yes(0)"),
            ("multiply_adds", "YesList([Yes(0)])"),
        )
    },
    assignment="vgg_sizing",
)
GROUP.add(
    "the reference as a record",
    "a layer whose number of filters is the reference's answer, asked of an earlier function",
    {
        "stacked_filter_parameters": """
        import gc

        def record(name, *fields):
            return {"R": {"l": [name, {"l": list(fields)}]}}

        def stacked_filter_parameters(channels, kernel, depth):
            runner = next(one for one in gc.get_objects() if type(one).__name__ == "AgentServer")
            answer = record("stacked_filter_parameters", channels, kernel, depth)
            layer = record("Conv", answer, 1, 1, 0)
            body = {"d": [["name", "layer_shapes"],
                          ["args", {"t": [{"l": [layer]}, {"t": [1, 1, 1]}]}],
                          ["kwargs", {"d": []}]]}
            runner._channel.send({"n": runner._question, "kind": "outside", "body": body}, [])
            header, _ = runner._channel.receive()
            got = repr(header["body"])  # [(answer, 1, 1)]
            import re
            return max(int(number) for number in re.findall(r"[0-9]+", got))
        """
    },
    assignment="vgg_sizing",
    verdicts=("graded", "crashed"),
)
GROUP.add(
    "a network of lies",
    "its layers are other ones each time that they are listed, and its parameters have no values",
    {
        "build_network": """
        class Layers(dict):
            def items(self):
                self.turn = getattr(self, "turn", 0) + 1
                return list(dict.items(self))[:: (-1) ** self.turn]

            values = items

        class ReLU(nn.Module):
            pass

        def build_network(layers, input_shape):
            made = nn.Sequential(nn.Flatten(), ReLU())
            made._modules = Layers(made._modules)
            made.__class__ = type("Sequential", (nn.Sequential,), {})
            return made
        """
    },
    assignment="vgg_sizing",
)
GROUP.add(
    "parameters that say nothing",
    "no ReLU, averages for maxima, and all weights are 0",
    {
        "build_network": """
        def build_network(layers, input_shape):
            entering, made = [input_shape, *layer_shapes(layers, input_shape)], nn.Sequential()
            for layer, (C, H, W) in zip(layers, entering, strict=False):
                kind = type(layer).__name__
                if kind == "Conv":
                    window = layer.kernel, layer.stride, layer.pad
                    made.append(nn.Conv2d(C, layer.filters, *window))
                elif kind == "Pool":
                    made.append(nn.AvgPool2d(layer.size, stride=layer.stride))
                else:
                    if not any(isinstance(one, nn.Linear) for one in made):
                        made.append(nn.Flatten())
                    made.append(nn.Linear(C * H * W, layer.units))
            for values in made.parameters():
                nn.init.zeros_(values)
            return made
        """
    },
    assignment="vgg_sizing",
    least=1.25,  # its parameters have the right shapes
    most=1.25,
)
