"""Times PyTorch on the cases of elementwise.c, in turn with it, and prints the ratios:

    python3 Benchmarks/peers/kernels/elementwise.py ./elementwise [--threads N] [--rounds N] [SUBSTRING...]

Each round runs PyTorch's call and then the C program on that one case, in processes of their own, so that neither
one's waiting threads take the other's time; the least of all rounds counts. Images are channels_last.
"""

import argparse
import subprocess
import time

import torch
import torch.nn.functional as F

N = 1 << 25


def timed(call, repetitions=5):
    call()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def gradient_of(function, *inputs):
    """The backward pass alone: the graph is kept and run again."""
    inputs = [i.detach().requires_grad_() for i in inputs]
    y = function(*inputs)
    dy = torch.randn_like(y)
    return lambda: torch.autograd.grad(y, inputs, dy, retain_graph=True)


def images(channels, size, batch):
    return torch.randn(batch, channels, size, size).to(memory_format=torch.channels_last)


def optimizer(make):
    w = torch.nn.Parameter(torch.randn(N))
    w.grad = torch.randn(N)
    return make([w]).step


def cases():
    x = torch.randn(N)
    out = torch.empty_like(x)

    def rows(columns):
        return x[: N // columns * columns].view(-1, columns)

    def labels(columns):
        return torch.randint(columns, (N // columns,))

    yield "relu", lambda: (lambda: torch.clamp(x, min=0, out=out))
    yield "relu backward", lambda: gradient_of(F.relu, x)
    yield "elu", lambda: (lambda: F.elu(x))
    yield "sigmoid", lambda: (lambda: torch.sigmoid(x, out=out))
    yield "sigmoid backward", lambda: gradient_of(torch.sigmoid, x)
    yield "tanh", lambda: (lambda: torch.tanh(x, out=out))
    yield "softplus", lambda: (lambda: F.softplus(x))
    yield "gelu", lambda: (lambda: F.gelu(x))
    yield "gelu backward", lambda: gradient_of(F.gelu, x)
    yield "silu", lambda: (lambda: F.silu(x))
    yield "silu backward", lambda: gradient_of(F.silu, x)
    for columns in (10, 1000, 1000000):
        yield f"softmax {columns}", lambda c=columns: (lambda: torch.softmax(rows(c), 1))
        yield f"softmax {columns} backward", lambda c=columns: gradient_of(lambda v: torch.softmax(v, 1), rows(c))
    yield "sum of squares", lambda: (lambda: torch.linalg.vector_norm(x))
    yield "sum rows 10", lambda: (lambda: rows(10).sum(0))
    yield "sum rows 4096", lambda: (lambda: rows(4096).sum(0))
    for channels, size, batch in ((64, 128, 32), (512, 32, 64)):
        norm = torch.nn.BatchNorm2d(channels)
        yield f"batch norm {channels} training", lambda n=norm, a=(channels, size, batch): (lambda i=images(*a): n(i))
        yield f"batch norm {channels} backward", lambda n=norm, a=(channels, size, batch): gradient_of(n, images(*a))
    yield "batch norm 64 inference", lambda: (lambda n=torch.nn.BatchNorm2d(64).eval(), i=images(64, 128, 32): n(i))
    yield "sgd", lambda: optimizer(lambda p: torch.optim.SGD(p, 1e-6, fused=True))
    yield "sgd momentum", lambda: optimizer(lambda p: torch.optim.SGD(p, 1e-6, momentum=0.9, fused=True))
    yield "rmsprop", lambda: optimizer(lambda p: torch.optim.RMSprop(p, 1e-6))
    yield "adam", lambda: optimizer(lambda p: torch.optim.Adam(p, 1e-6, fused=True))
    yield "adamw", lambda: optimizer(lambda p: torch.optim.AdamW(p, 1e-6, fused=True))
    table = torch.randn(N // 256, 128)
    index = torch.randint(N // 256, (N // 128,))
    yield "embedding 128", lambda: (lambda: F.embedding(index, table))
    yield "embedding 128 backward", lambda: gradient_of(lambda t: F.embedding(index, t), table)
    offsets = torch.arange(0, N // 128, 4)
    yield "embedding bag 128", lambda: (lambda: F.embedding_bag(index, table, offsets, mode="sum"))

    def loss_and_gradient(loss, *shape):
        logits = x[: shape[0] * (shape[1] if len(shape) > 1 else 1)].view(*shape).detach().requires_grad_()
        return lambda: torch.autograd.grad(loss(logits), logits)

    target = torch.rand(N)
    yield "binary cross-entropy", lambda: loss_and_gradient(lambda z: F.binary_cross_entropy_with_logits(z, target), N)
    for columns in (10, 1000):
        yield (f"sparse cross-entropy {columns}", lambda c=columns: loss_and_gradient(
            lambda z, t=labels(c): F.cross_entropy(z, t), N // c, c))
    yield "mean squared error", lambda: loss_and_gradient(lambda z: F.mse_loss(z, target), N)
    yield "dropout", lambda: (lambda: F.dropout(x, 0.5))
    yield "random uniform", lambda: (lambda: out.uniform_())
    yield "random normal", lambda: (lambda: out.normal_())
    image = images(64, 224, 10)
    for name, window, stride, pad in (("2x2", 2, 2, 0), ("3x3/2", 3, 2, 1), ("3x3/1", 3, 1, 1)):
        def maximum(v, a=(window, stride, pad)):
            return F.max_pool2d(v, *a)

        def average(v, a=(window, stride, pad)):
            return F.avg_pool2d(v, *a, count_include_pad=False)

        yield f"max pool {name} places", lambda f=maximum: (lambda: f(image))
        yield f"max pool {name} backward", lambda f=maximum: gradient_of(f, image)
        yield f"average pool {name}", lambda f=average: (lambda: f(image))
        yield f"average pool {name} backward", lambda f=average: gradient_of(f, image)
    small = images(512, 7, 1280)
    yield "global max pool", lambda: (lambda: small.amax((2, 3)))
    yield "global average pool", lambda: (lambda: small.mean((2, 3)))
    yield "global average pool backward", lambda: gradient_of(lambda v: v.mean((2, 3)), small)


def ours(program, name, threads):
    text = subprocess.run([program, "--threads", str(threads), "--repetitions", "5", name], capture_output=True,
                          text=True, check=True).stdout
    for line in text.splitlines():
        words = line[30:].split()
        if line[:30].strip() == name:
            return float(words[1]), float(words[5])
    raise SystemExit(f"{program} has no case {name}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("filters", nargs="*")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"PyTorch {torch.__version__}, {options.threads} threads; milliseconds")
    for name, prepare in cases():
        if options.filters and not any(f in name for f in options.filters):
            continue
        call = prepare()
        peer, own, fraction = float("inf"), float("inf"), 0
        for _ in range(options.rounds):
            peer = min(peer, timed(call))
            seconds, share = ours(options.program, name, options.threads)
            own, fraction = min(own, seconds), max(fraction, share)
        print(f"{name:30} {own * 1e3:8.2f} {peer * 1e3:8.2f}  {peer / own:6.2f}x  of bandwidth {fraction:.2f}", flush=True)


if __name__ == "__main__":
    main()
