"""The spam network by Keras and PyTorch: one epoch over four videos' worth of comments, and judging many."""
from registry import case, keras_library, torch_library

COMMENTS, LENGTH, VOCABULARY, BATCH = 1586, 250, 4000, 64
MANY_COMMENTS = 100_000


def comments(count):
    import numpy
    random = numpy.random.default_rng(0)
    return random.integers(0, VOCABULARY, (count, LENGTH)), random.integers(0, 2, count)


def keras_network(keras):
    layers = keras.layers
    return keras.Sequential([
        layers.Embedding(VOCABULARY + 2, 64),
        layers.Conv1D(64, 5, padding="same", activation="relu"),
        layers.Conv1D(64, 3, padding="same", activation="relu"),
        layers.MaxPooling1D(),
        layers.Conv1D(128, 3, padding="same", activation="relu"),
        layers.Conv1D(128, 3, padding="same", activation="relu"),
        layers.MaxPooling1D(),
        layers.Flatten(),
        layers.Dense(100, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(100, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(1, activation="sigmoid"),
    ])


@case("spam_cnn_epoch", "spam", "keras")
def epoch_by_keras():
    keras = keras_library()
    x, y = comments(COMMENTS)
    model = keras_network(keras)
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)


# Keras is given a batch size that suits it better than the training's.
@case("spam_cnn_predict_100k", "spam", "keras")
def predict_by_keras():
    keras = keras_library()
    x, _ = comments(MANY_COMMENTS)
    model = keras_network(keras)
    return (lambda: model.predict(x, batch_size=256, verbose=0)), 1


def torch_network(torch):
    nn = torch.nn

    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(VOCABULARY + 2, 64)
            self.rest = nn.Sequential(
                nn.Conv1d(64, 64, 5, padding=2), nn.ReLU(),
                nn.Conv1d(64, 64, 3, padding=1), nn.ReLU(),
                nn.MaxPool1d(2),
                nn.Conv1d(64, 128, 3, padding=1), nn.ReLU(),
                nn.Conv1d(128, 128, 3, padding=1), nn.ReLU(),
                nn.MaxPool1d(2),
                nn.Flatten(),
                nn.Linear(128 * (LENGTH // 4), 100), nn.ReLU(), nn.BatchNorm1d(100),
                nn.Linear(100, 100), nn.ReLU(), nn.BatchNorm1d(100),
                nn.Linear(100, 1))

        def forward(self, words):
            return self.rest(self.embedding(words).transpose(1, 2))[:, 0]

    return Network()


@case("spam_cnn_epoch", "spam", "torch")
def epoch_by_torch():
    torch = torch_library()
    model = torch_network(torch)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    x, y = comments(COMMENTS)
    x, y = torch.from_numpy(x), torch.from_numpy(y).float()
    loss = torch.nn.functional.binary_cross_entropy_with_logits

    def epoch():
        for start in range(0, COMMENTS, BATCH):
            optimizer.zero_grad(set_to_none=True)
            loss(model(x[start:start + BATCH]), y[start:start + BATCH]).backward()
            optimizer.step()
    return epoch


@case("spam_cnn_predict_100k", "spam", "torch")
def predict_by_torch():
    torch = torch_library()
    model = torch_network(torch).eval()
    x = torch.from_numpy(comments(MANY_COMMENTS)[0])

    def predict():
        with torch.inference_mode():
            for start in range(0, MANY_COMMENTS, 256):
                torch.sigmoid(model(x[start:start + 256]))
    return predict, 1
