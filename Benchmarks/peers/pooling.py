"""Pooling by PyTorch, in both layouts."""
from registry import case, torch_library

SHAPES = {  # batch, channels, height and width, window, stride, padding, mean
    "maxpool2_16x64x224": (16, 64, 224, 2, 2, 0, False),
    "maxpool3s2_16x64x112": (16, 64, 112, 3, 2, 0, False),
    "maxpool3s1_16x64x112": (16, 64, 112, 3, 1, 1, False),
    "avgpool2_16x64x224": (16, 64, 224, 2, 2, 0, True),
    "avgpool_global_64x2048x7": (64, 2048, 7, 7, 7, 0, True),
}

for name, shape in SHAPES.items():
    for layout in ("nhwc", "nchw"):
        def forward(shape, layout):
            torch = torch_library()
            x, pool = input_and_function(torch, shape, layout)

            def run():
                with torch.no_grad():
                    pool(x)
            return run

        # PyTorch's maximum always keeps the places.
        for suffix in ("",) if shape[-1] else ("", "_places"):
            case(name + suffix, "pooling", f"torch-{layout}", shape=shape, layout=layout)(forward)

        @case(f"{name}_bwd", "pooling", f"torch-{layout}", shape=shape, layout=layout)
        def backward(shape, layout):
            torch = torch_library()
            x, pool = input_and_function(torch, shape, layout)
            x.requires_grad_(True)
            y = pool(x)
            gradient = torch.randn_like(y)

            def run():
                x.grad = None
                y.backward(gradient, retain_graph=True)
            return run


def input_and_function(torch, shape, layout):
    batch, channels, size, window, stride, padding, mean = shape
    x = torch.randn(batch, channels, size, size)
    if layout == "nhwc":
        x = x.to(memory_format=torch.channels_last)
    pool = torch.nn.functional.avg_pool2d if mean else torch.nn.functional.max_pool2d
    return x, lambda x: pool(x, window, stride, padding)


@case("maxpool2_1d_64x250x64", "pooling", "torch")
def lines():
    torch = torch_library()
    x = torch.randn(64, 64, 250)

    def run():
        with torch.no_grad():
            torch.nn.functional.max_pool1d(x, 2)
    return run
