"""Convolutions by PyTorch (oneDNN), channels last, forward and with both backward passes."""
from registry import case, rows, torch_library


def layer_and_input(torch, batch, height, width, channels, filters, kernel_h, kernel_w, stride, pad_h, pad_w):
    if height == 1:
        layer = torch.nn.Conv1d(channels, filters, kernel_w, stride, pad_w)
        return layer, torch.randn(batch, channels, width)
    layer = torch.nn.Conv2d(channels, filters, (kernel_h, kernel_w), stride, (pad_h, pad_w))
    x = torch.randn(batch, channels, height, width)
    return layer.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)


for family, name, *shape in rows("conv.def", "CONV"):
    @case(f"conv_fwd_{name}", family, "torch", shape=shape)
    def forward(shape):
        torch = torch_library()
        layer, x = layer_and_input(torch, *shape)

        def run():
            with torch.no_grad():
                layer(x)
        return run

    if family == "conv_inference":
        continue

    @case(f"conv_fwdbwd_{name}", f"{family}_training", "torch", shape=shape)
    def both(shape):
        torch = torch_library()
        layer, x = layer_and_input(torch, *shape)
        x.requires_grad_(True)
        gradient = torch.randn_like(layer(x))

        def run():
            x.grad = layer.weight.grad = layer.bias.grad = None
            layer(x).backward(gradient)
        return run
