"""Activations, normalization, optimizer steps, embeddings, losses and random numbers by PyTorch.

Where PyTorch can write into a given output it does, as Apus does; the steps are the fused ones.
"""
from registry import case, torch_library

COUNT = 1 << 24


def by_torch(name, family):
    return case(name, family, "torch")


def activation(name, forward):
    @by_torch(f"{name}_fwd_16m", "activation")
    def run_forward():
        torch = torch_library()
        x, y = torch.rand(COUNT) * 8 - 4, torch.empty(COUNT)
        return lambda: forward(torch, x, y)


activation("relu", lambda torch, x, y: torch.clamp_min(x, 0, out=y))
activation("sigmoid", lambda torch, x, y: torch.sigmoid(x, out=y))
activation("tanh", lambda torch, x, y: torch.tanh(x, out=y))
activation("gelu", lambda torch, x, y: torch._C._nn.gelu(x, out=y))
activation("silu", lambda torch, x, y: torch._C._nn.silu(x, out=y))


def slope(name, backward):
    @by_torch(f"{name}_bwd_16m", "activation")
    def run_backward():
        torch = torch_library()
        x, dy, dx = torch.rand(COUNT) * 8 - 4, torch.rand(COUNT), torch.empty(COUNT)
        return lambda: backward(torch.ops.aten, dy, x, dx)


slope("relu", lambda aten, dy, x, dx: aten.threshold_backward.grad_input(dy, x, 0, grad_input=dx))
slope("sigmoid", lambda aten, dy, y, dx: aten.sigmoid_backward.grad_input(dy, y, grad_input=dx))
slope("tanh", lambda aten, dy, y, dx: aten.tanh_backward.grad_input(dy, y, grad_input=dx))
slope("gelu", lambda aten, dy, x, dx: aten.gelu_backward.grad_input(dy, x, grad_input=dx))
slope("silu", lambda aten, dy, x, dx: aten.silu_backward.grad_input(dy, x, grad_input=dx))

for rows, columns in ((16384, 1000), (1 << 20, 10)):
    @case(f"softmax_fwd_{rows}x{columns}", "activation", "torch", rows=rows, columns=columns)
    def softmax(rows, columns):
        torch = torch_library()
        x, y = torch.rand(rows, columns) * 8 - 4, torch.empty(rows, columns)
        return lambda: torch.softmax(x, -1, out=y)

    @case(f"softmax_bwd_{rows}x{columns}", "activation", "torch", rows=rows, columns=columns)
    def softmax_slope(rows, columns):
        torch = torch_library()
        y, dy, dx = torch.softmax(torch.rand(rows, columns), -1), torch.rand(rows, columns), torch.empty(rows, columns)
        backward = torch.ops.aten._softmax_backward_data.out
        return lambda: backward(dy, y, -1, torch.float32, grad_input=dx)


# Normalization

def normalization(torch):
    layer = torch.nn.BatchNorm2d(64, eps=1e-3)
    return layer, torch.randn(16, 64, 112, 112).to(memory_format=torch.channels_last)


@by_torch("batchnorm_train_16x112x112x64", "normalization")
def normalize_training():
    torch = torch_library()
    layer, x = normalization(torch)

    def run():
        with torch.no_grad():
            layer(x)
    return run


@by_torch("batchnorm_infer_16x112x112x64", "normalization")
def normalize_inference():
    torch = torch_library()
    layer, x = normalization(torch)
    layer.eval()

    def run():
        with torch.no_grad():
            layer(x)
    return run


@by_torch("batchnorm_bwd_16x112x112x64", "normalization")
def normalize_backward():
    torch = torch_library()
    layer, x = normalization(torch)
    x.requires_grad_(True)
    y = layer(x)
    gradient = torch.randn_like(y)

    def run():
        x.grad = layer.weight.grad = layer.bias.grad = None
        y.backward(gradient, retain_graph=True)
    return run


# Optimizers

def optimizer(name, make):
    @by_torch(name, "optimizer")
    def step():
        torch = torch_library()
        w = torch.nn.Parameter(torch.rand(COUNT))
        w.grad = torch.rand(COUNT)
        return make(torch, [w]).step


optimizer("sgd_16m", lambda torch, w: torch.optim.SGD(w, lr=1e-3, fused=True))
optimizer("sgd_momentum_16m", lambda torch, w: torch.optim.SGD(w, lr=1e-3, momentum=0.9, fused=True))
optimizer("rmsprop_16m", lambda torch, w: torch.optim.RMSprop(w, lr=1e-3))
optimizer("adam_16m", lambda torch, w: torch.optim.Adam(w, lr=1e-3, fused=True))


# Embeddings

for count, vocabulary, width in ((16000, 4002, 64), (65536, 200_000, 256)):
    shape = dict(count=count, vocabulary=vocabulary, width=width)

    @case(f"embedding_fwd_{count}x{width}", "embedding", "torch", **shape)
    def look_up(count, vocabulary, width):
        torch = torch_library()
        table, words, y = torch.rand(vocabulary, width), torch.randint(0, vocabulary, (count,)), torch.empty(count, width)
        return lambda: torch.index_select(table, 0, words, out=y)

    @case(f"embedding_bwd_{count}x{width}", "embedding", "torch", **shape)
    def spread(count, vocabulary, width):
        torch = torch_library()
        words, dy = torch.randint(0, vocabulary, (count,)), torch.rand(count, width)
        return lambda: torch.ops.aten.embedding_dense_backward(dy, words, vocabulary, -1, False)


# Losses, each with its gradient

def one_a_row(torch, shape):
    return torch.randint(0, shape[1], (shape[0],)) if len(shape) > 1 else torch.rand(*shape)


def loss(name, shape, function, targets=one_a_row):
    @by_torch(name, "loss")
    def run_loss():
        torch = torch_library()
        x = (torch.rand(*shape) * 8 - 4).requires_grad_(True)
        y = targets(torch, shape)

        def run():
            x.grad = None
            function(torch.nn.functional, x, y).backward()
        return run


loss("binary_cross_entropy_16m", (COUNT,), lambda f, x, y: f.binary_cross_entropy_with_logits(x, y, reduction="sum"))
loss("mean_squared_error_16m", (COUNT,), lambda f, x, y: f.mse_loss(x, y, reduction="sum"))
for rows, classes in ((16384, 1000), (1 << 20, 10)):
    loss(f"sparse_cross_entropy_{rows}x{classes}", (rows, classes), lambda f, x, y: f.cross_entropy(x, y, reduction="sum"))
    loss(f"categorical_cross_entropy_{rows}x{classes}", (rows, classes), lambda f, x, y: f.cross_entropy(x, y, reduction="sum"),
         lambda torch, shape: torch.rand(*shape) * 2 / shape[1])


# Random numbers

@by_torch("random_uniform_16m", "random")
def uniform():
    torch = torch_library()
    x = torch.empty(COUNT)
    return lambda: x.uniform_(0, 1)


@by_torch("random_normal_16m", "random")
def normal():
    torch = torch_library()
    x = torch.empty(COUNT)
    return lambda: x.normal_(0, 1)


@by_torch("dropout_16m", "random")
def dropout():
    torch = torch_library()
    x = torch.ones(COUNT)
    return lambda: torch.nn.functional.dropout(x, 0.5, training=True)
