"""VGG16 by PyTorch, Keras, ONNX Runtime, OpenVINO and ncnn: inference of 1 and 16 images, and training steps."""
import os
import tempfile
from pathlib import Path

from registry import case, keras_library, threads, torch_library

BLOCKS = [64, 64, None, 128, 128, None, 256, 256, 256, None, 512, 512, 512, None, 512, 512, 512, None]
CACHE = Path(tempfile.gettempdir()) / "apus-peers"


def torch_network(torch):
    import torchvision
    return torchvision.models.vgg16(weights=None)


def onnx_file():
    """VGG16 with random weights, exported once and kept."""
    path = CACHE / "vgg16.onnx"
    if not path.exists():
        torch = torch_library()
        CACHE.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        torch.onnx.export(
            torch_network(torch).eval(), torch.randn(1, 3, 224, 224), str(unfinished), input_names=["x"],
            dynamic_axes={"x": {0: "n"}}, dynamo=False)
        os.replace(unfinished, path)
    return str(path)


def images(batch):
    import numpy
    return numpy.random.default_rng(0).random((batch, 3, 224, 224), numpy.float32)


for batch in (1, 16):
    name = f"vgg16_infer_b{batch}"

    for layout in ("nchw", "nhwc"):
        @case(name, "vgg16", f"torch-{layout}", batch=batch, layout=layout)
        def infer_by_torch(batch, layout):
            torch = torch_library()
            model, x = torch_network(torch).eval(), torch.from_numpy(images(batch))
            if layout == "nhwc":
                model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)

            def run():
                with torch.inference_mode():
                    model(x)
            return run

    @case(name, "vgg16", "torch-jit", batch=batch)
    def infer_by_torch_jit(batch):
        torch = torch_library()
        x = torch.from_numpy(images(batch))
        model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(torch_network(torch).eval(), x)))

        def run():
            with torch.inference_mode():
                model(x)
        return run

    @case(name, "vgg16", "keras", batch=batch)
    def infer_by_keras(batch):
        keras = keras_library()
        model = keras.applications.VGG16(weights=None)
        x = images(batch).transpose(0, 2, 3, 1).copy()
        return lambda: model.predict_on_batch(x)

    @case(name, "vgg16", "onnxruntime", batch=batch)
    def infer_by_onnxruntime(batch):
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        session = onnxruntime.InferenceSession(onnx_file(), options, providers=["CPUExecutionProvider"])
        x = images(batch)
        return lambda: session.run(None, {"x": x})

    for precision in ("f32", "bf16"):
        @case(name, "vgg16", f"openvino-{precision}", batch=batch, precision=precision)
        def infer_by_openvino(batch, precision):
            import openvino
            core = openvino.Core()
            model = core.read_model(onnx_file())
            model.reshape([batch, 3, 224, 224])
            compiled = core.compile_model(model, "CPU", {
                "INFERENCE_NUM_THREADS": threads(), "INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"})
            x = images(batch)
            return lambda: compiled([x])


# ncnn takes one image at a time. Its format is written here: text for the graph, raw floats for the weights.

def ncnn_files():
    import numpy
    random = numpy.random.default_rng(0)
    lines, weights, previous, channels, number = ["Input x 0 1 x 0=224 1=224 2=3"], [], "x", 3, 0

    def add(values):
        weights.append(values.astype(numpy.float32).tobytes())

    def add_layer(units, inputs, scale):
        weights.append(bytes(4))  # the flag that says float32
        add(random.standard_normal(units * inputs, numpy.float32) * scale)
        add(numpy.zeros(units))

    for filters in BLOCKS:
        number += 1
        if filters is None:
            lines.append(f"Pooling p{number} 1 1 {previous} p{number} 0=0 1=2 2=2")
            previous = f"p{number}"
            continue
        lines.append(f"Convolution c{number} 1 1 {previous} c{number} 0={filters} 1=3 4=1 5=1 6={filters * channels * 9} 9=1")
        add_layer(filters, channels * 9, 0.02)
        previous, channels = f"c{number}", filters
    inputs = 25088
    for number, units in enumerate((4096, 4096, 1000)):
        relu = " 9=1" if units == 4096 else ""
        lines.append(f"InnerProduct f{number} 1 1 {previous} f{number} 0={units} 1=1 2={units * inputs}{relu}")
        add_layer(units, inputs, 0.01)
        previous, inputs = f"f{number}", units
    lines.append(f"Softmax prob 1 1 {previous} prob")
    CACHE.mkdir(exist_ok=True)
    graph, values = CACHE / "vgg16.param", CACHE / "vgg16.bin"
    graph.write_text(f"7767517\n{len(lines)} {len(lines)}\n" + "\n".join(lines) + "\n")
    with open(values, "wb") as file:
        file.writelines(weights)
    return str(graph), str(values)


for precision in ("fp32", "default"):
    @case("vgg16_infer_b1", "vgg16", f"ncnn-{precision}", precision=precision)
    def infer_by_ncnn(precision):
        import ncnn
        net = ncnn.Net()
        net.opt.num_threads = threads()
        net.opt.use_winograd_convolution = True
        if precision == "fp32":
            net.opt.use_fp16_storage = net.opt.use_fp16_packed = net.opt.use_fp16_arithmetic = False
            net.opt.use_bf16_storage = False
        graph, values = ncnn_files()
        net.load_param(graph)
        net.load_model(values)
        x = ncnn.Mat(images(1)[0])

        def run():
            extractor = net.create_extractor()
            extractor.input("x", x)
            return extractor.extract("prob")
        return run


# Training steps of 16 images: all layers, the dense ones, the last one.

for mode in ("all", "dense", "last"):
    @case(f"vgg16_train_{mode}_b16", "vgg16_training", "torch", mode=mode)
    def train_by_torch(mode):
        torch = torch_library()
        model = torch_network(torch)
        model.classifier[6] = torch.nn.Linear(4096, 2)
        model = model.to(memory_format=torch.channels_last).train()
        trained = {"all": model, "dense": model.classifier, "last": model.classifier[6]}[mode]
        for parameter in model.parameters():
            parameter.requires_grad_(False)
        for parameter in trained.parameters():
            parameter.requires_grad_(True)
        optimizer = torch.optim.Adam(list(trained.parameters()), fused=True)
        x = torch.from_numpy(images(16)).to(memory_format=torch.channels_last)
        y = torch.randint(0, 2, (16,))

        def step():
            optimizer.zero_grad(set_to_none=True)
            torch.nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        return step

    @case(f"vgg16_train_{mode}_b16", "vgg16_training", "keras", mode=mode)
    def train_by_keras(mode):
        import numpy
        keras = keras_library()
        base = keras.applications.VGG16(weights=None)
        model = keras.Model(base.input, keras.layers.Dense(2, activation="softmax")(base.layers[-2].output))
        trained = {"all": model.layers, "dense": model.layers[-3:], "last": model.layers[-1:]}[mode]
        for layer in model.layers:
            layer.trainable = layer in trained
        model.compile(loss="sparse_categorical_crossentropy", optimizer="adam")
        x = images(16).transpose(0, 2, 3, 1).copy()
        y = numpy.random.default_rng(0).integers(0, 2, 16)
        return lambda: model.train_on_batch(x, y)
