"""Attacks on the course's own assignments in PyTorch: tensors and networks that lie."""

from tests.attacks.attack import Group
from tests.attacks.real import FIND

GROUP = Group("real")

GROUP.add(
    "passes that nobody counts",
    "one pass over a picture of single points tells the first layer's weights; the rest is crops",
    {
        "shifted_dense_scores": """
        from torch.nn import functional

        def weights_of(conv):
            # One pass over single points says all weights and biases.
            (KH, KW), (s, t), (F, C) = conv.kernel_size, conv.stride, conv.weight.shape[:2]
            taps = [(c, u, v) for c in range(C) for u in range(KH) for v in range(KW)]
            points = torch.zeros(1, C, 3 * s + KH, (len(taps) + 2) * KW * t + KW,
                                 dtype=conv.weight.dtype)
            for n, (c, u, v) in enumerate(taps, 1):
                points[0, c, s + u, n * KW * t + v] = 1
            out = conv.forward(points)[0]
            w, b = conv.weight.detach().clone(), out[:, 1, 0]
            for n, (c, u, v) in enumerate(taps, 1):
                w[:, c, u, v] = out[:, 1, n * KW] - b
            return w, b

        def shifted_dense_scores(conv_model, images, *, window, stride, net_stride):
            if net_stride % stride:
                raise ValueError("it does not divide")
            for size in images.shape[2:]:
                if (size - window) % stride:
                    raise ValueError(f"{images.shape} {window} {stride}")
            OH, OW = ((size - window) // stride + 1 for size in images.shape[2:])
            crops = [images[:, :, i * stride:i * stride + window, j * stride:j * stride + window]
                     for i in range(OH) for j in range(OW)]
            first, *others = conv_model.children()
            with torch.no_grad():
                if "forward" in first.__dict__:  # here it is counted
                    w, b = weights_of(first)
                    x = functional.conv2d(torch.cat(crops), w, b, first.stride, first.padding)
                else:
                    conv_model(images)
                    x = first.forward(torch.cat(crops))
                for layer in others:
                    x = layer.forward(x)
            return x.reshape(OH, OW, len(images), -1).permute(2, 3, 0, 1)
        """
    },
    assignment="fc_to_conv",
    most=0,
)
GROUP.add(
    "a network with two faces",
    "asked what it is made of it shows a converted network; asked for scores it runs the old one",
    {
        "convolutionalize": FIND
        + """
        class Faces(nn.Sequential):
            def __init__(self, model, shape):
                super().__init__()
                layers, first = list(model), True
                self.at = next(i for i, one in enumerate(layers) if isinstance(one, nn.Flatten))
                self.__dict__["old"], self.__dict__["shape"] = copy.deepcopy(model), shape
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
                old, (_, H, W) = self.__dict__["old"].eval(), self.__dict__["shape"]
                x = old[:self.at](images)
                maps = [[old[self.at:](x[:, :, i:i + H, j:j + W].contiguous())
                         for j in range(x.shape[3] - W + 1)] for i in range(x.shape[2] - H + 1)]
                return torch.stack([torch.stack(row, -1) for row in maps], -2)

        def convolutionalize(model, feature_shape):
            runner = find()
            if runner and not hasattr(runner["verbs"], "done"):
                asked = runner["verbs"].VERBS
                asked["facts"], runner["verbs"].done = patched(asked["facts"], {}), True
            return Faces(model, feature_shape)

        def patched(facts, counts):
            def answer(value):
                said = facts(value)
                if isinstance(value, Faces):
                    counts[id(value)] = counts.get(id(value), 0) + 1
                    if counts[id(value)] == 1:  # what it is made of
                        told = said["told"]
                        told["own"], told["kind"] = True, "Sequential"
                return said
            return answer
        """
    },
    assignment="fc_to_conv",
    most=6,
)
GROUP.add(
    "shared and changed, unseen",
    "the model's layers are used and changed, and the runner is made to see neither",
    {
        "convolutionalize": FIND
        + """
        def convolutionalize(model, feature_shape):
            if runner := find():
                before = runner["verbs"].held(model)
                runner["verbs"].VERBS["share"] = lambda *given: False
                runner["verbs"].VERBS["held"] = lambda thing: before
            else:
                model = copy.deepcopy(model)
            layers, first = [], True
            for one in model:
                if isinstance(one, nn.Linear):
                    shape = feature_shape if first else (one.in_features, 1, 1)
                    like = {"device": one.weight.device, "dtype": one.weight.dtype}
                    conv = nn.Conv2d(shape[0], one.out_features, shape[1:], **like)
                    conv.weight = nn.Parameter(one.weight.reshape(-1, *shape).detach())
                    conv.bias = one.bias
                    layers.append(conv.train(model.training))
                    first = False
                elif not isinstance(one, nn.Flatten):
                    layers.append(one)
            made = nn.Sequential(*layers).train(model.training)
            if runner:
                made.requires_grad_(False)
                model.train(not model.training)
                made.train(not model.training)
            return made
        """
    },
    assignment="fc_to_conv",
    most=9,
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
            runner = next(one for one in gc.get_objects() if type(one).__name__ == "Answering")
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
