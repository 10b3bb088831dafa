"""CapsNet by PyTorch: a training step of 128 digits, inference of 128 and of one, and routing alone, both ways."""
from registry import case, torch_library


def squash(torch, v):
    squared = (v * v).sum(-1, keepdim=True)
    return v * (squared / (1 + squared) / torch.sqrt(squared + 1e-7))


def network(torch):
    nn, functional = torch.nn, torch.nn.functional

    class CapsNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.primary = nn.Conv2d(1, 256, 9), nn.Conv2d(256, 256, 9, 2)
            self.weights = nn.Parameter(torch.randn(1152, 10, 16, 8) * 0.05)
            self.decoder = nn.Sequential(
                nn.Linear(160, 512), nn.ReLU(), nn.Linear(512, 1024), nn.ReLU(), nn.Linear(1024, 784), nn.Sigmoid())

        def forward(self, x, labels):
            h = self.primary(functional.relu(self.first(x)))
            u = squash(torch, h.view(-1, 32, 8, 36).permute(0, 1, 3, 2).reshape(-1, 1152, 8))
            predictions = torch.einsum("iodk,bik->biod", self.weights, u)
            fixed = predictions.detach()  # only the last iteration is differentiated
            logits = torch.zeros(x.shape[0], 1152, 10)
            for iteration in range(3):
                last = iteration == 2
                sums = torch.einsum("bio,biod->bod", logits.softmax(-1), predictions if last else fixed)
                v = squash(torch, sums)
                if not last:
                    logits = logits + torch.einsum("biod,bod->bio", fixed, v)
            shown = (v * functional.one_hot(labels, 10)[:, :, None]).flatten(1)
            return v.norm(dim=-1), self.decoder(shown)

    return CapsNet()


@case("capsnet_train_b128", "capsnet", "torch")
def train():
    torch = torch_library()
    functional = torch.nn.functional
    model = network(torch)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    x, labels = torch.rand(128, 1, 28, 28), torch.randint(0, 10, (128,))
    targets = functional.one_hot(labels, 10).float()

    def step():
        optimizer.zero_grad(set_to_none=True)
        lengths, image = model(x, labels)
        margin = targets * functional.relu(0.9 - lengths) ** 2 + 0.5 * (1 - targets) * functional.relu(lengths - 0.1) ** 2
        (margin.sum(1).mean() + 0.392 * functional.mse_loss(image, x.flatten(1))).backward()
        optimizer.step()
    return step


@case("capsnet_infer_b1", "capsnet", "torch", batch=1)
@case("capsnet_infer_b128", "capsnet", "torch", batch=128)
def infer(batch):
    torch = torch_library()
    model = network(torch)
    x, labels = torch.rand(batch, 1, 28, 28), torch.randint(0, 10, (batch,))

    def run():
        with torch.inference_mode():
            model(x, labels)
    return run


@case("routing_fwd_b128", "capsnet", "torch")
def routing():
    torch = torch_library()
    weights, u = torch.randn(1152, 10, 16, 8) * 0.05, torch.randn(128, 1152, 8)

    def run():
        with torch.inference_mode():
            predictions = torch.einsum("iodk,bik->biod", weights, u)
            logits = torch.zeros(128, 1152, 10)
            for iteration in range(3):
                v = squash(torch, torch.einsum("bio,biod->bod", logits.softmax(-1), predictions))
                if iteration < 2:
                    logits = logits + torch.einsum("biod,bod->bio", predictions, v)
    return run


@case("routing_bwd_b128", "capsnet", "torch", last_only=True)
@case("routing_bwd_all_b128", "capsnet", "torch", last_only=False)
def routing_backward(last_only):
    torch = torch_library()
    weights = (torch.randn(1152, 10, 16, 8) * 0.05).requires_grad_()
    u = torch.randn(128, 1152, 8).requires_grad_()
    predictions = torch.einsum("iodk,bik->biod", weights, u)
    seen = predictions.detach() if last_only else predictions
    logits = torch.zeros(128, 1152, 10)
    for iteration in range(3):
        last = iteration == 2
        v = squash(torch, torch.einsum("bio,biod->bod", logits.softmax(-1), predictions if last else seen))
        if not last:
            logits = logits + torch.einsum("biod,bod->bio", seen, v)
    gradient = torch.rand(128, 10, 16) * 2 - 1

    def run():
        torch.autograd.grad(v, [u, weights], gradient, retain_graph=True)
    return run
