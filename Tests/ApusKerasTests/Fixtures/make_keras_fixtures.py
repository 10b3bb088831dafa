"""Makes the weight files in this folder, and the predictions that Keras makes with them.

usage: make_keras_fixtures.py   (Keras 3.15, TensorFlow backend, h5py)

Keras itself writes the files of Keras 3: weights, archive, and a saved model in the old layout. Keras 1's and 2's
files differ from the last only in the names of weights and in the attributes' string type; they are laid out here as
those versions did it, and read back by Keras before they are kept.
"""
import json
import pathlib
import zipfile

import h5py
import numpy

from keras_network import SHAPE, network

HERE = pathlib.Path(__file__).parent
def randomize(model, random):
    model.set_weights([
        random.uniform(0.5, 1.5, w.shape) if "variance" in v.path else random.normal(0, 0.5, w.shape)
        for v, w in zip(model.weights, model.get_weights())
    ])


KERAS_1 = {"kernel": "W_1", "bias": "b_1", "gamma": "gamma_1", "beta": "beta_1", "moving_mean": "running_mean_1",
           "moving_variance": "running_std_1"}


def old_layout(model, path, version):
    """Groups by layer, attributes layer_names and weight_names with strings of fixed length."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        if version == 2:
            file.attrs["backend"] = b"tensorflow"
            file.attrs["keras_version"] = b"2.1.6"
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = []
            for variable, value in zip(layer.weights, layer.get_weights()):
                name = (f"{layer.name}_{KERAS_1[variable.name]}:0" if version == 1
                        else f"{layer.name}/{variable.name}:0")
                names.append(name.encode())
                group.create_dataset(name, data=value)
            group.attrs["weight_names"] = names


def hostile():
    """One dense layer, [2, 3] and [3], with something wrong about it."""
    good = numpy.ones((2, 3), "float32")

    def make(name, kernel="fc/kernel:0", names=(b"fc",)):
        file = h5py.File(HERE / f"hostile_{name}.h5", "w")
        file.attrs["layer_names"] = list(names)
        group = file.create_group("fc")
        group.attrs["weight_names"] = [kernel.encode(), b"fc/bias:0"]
        group.create_dataset("fc/bias:0", data=good[0])
        return group

    make("external_link")["fc/kernel:0"] = h5py.ExternalLink("keras2.h5", "/fc1/fc1/kernel:0")
    group = make("soft_link")
    group["fc/other"] = good
    group["fc/kernel:0"] = h5py.SoftLink("/fc/fc/other")
    make("parent_path", "../fc/fc/bias:0")
    make("external_storage").create_dataset(
        "fc/kernel:0", (2, 3), "float32", external=[("keras2.h5", 0, h5py.h5f.UNLIMITED)])
    layout = h5py.VirtualLayout((2, 3), "float32")
    layout[:] = h5py.VirtualSource("keras2.h5", "/fc1/fc1/kernel:0", (2, 3))
    make("virtual").create_virtual_dataset("fc/kernel:0", layout)
    make("integers").create_dataset("fc/kernel:0", data=good.astype("int32"))
    make("unwritten").create_dataset("fc/kernel:0", (2, 3), "float32")
    del make("unlisted").attrs["weight_names"]
    make("numbers_for_names", names=(1, 2))
    make("absent_weight")
    make("group_for_weight").create_group("fc/kernel:0")
    make("absurd_dimensions").create_dataset("fc/kernel:0", (1 << 40, 1 << 20), "float32", chunks=(2, 3))


def main():
    hostile()
    random = numpy.random.default_rng(5)
    model = network()
    randomize(model, random)
    inputs = random.normal(0, 1, (8, *SHAPE)).astype("float32")
    expected = model.predict(inputs, verbose=0)

    model.save_weights(HERE / "keras3.weights.h5")
    model.save(HERE / "keras3.keras")
    model.save(HERE / "legacy.h5")
    old_layout(model, HERE / "keras1.h5", 1)
    old_layout(model, HERE / "keras2.h5", 2)
    bare = network(top=False)
    bare.set_weights(model.get_weights()[:len(bare.weights)])
    old_layout(bare, HERE / "keras2_notop.h5", 2)
    # An archive that somebody packed again, compressed.
    with zipfile.ZipFile(HERE / "keras3.keras") as source, \
            zipfile.ZipFile(HERE / "deflated.keras", "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    # Chunked and compressed data sets, big-endian doubles: legal HDF5 that Keras does not write but reads.
    with h5py.File(HERE / "keras2.h5") as source, h5py.File(HERE / "compressed.h5", "w") as target:
        for key, value in source.attrs.items():
            target.attrs[key] = value
        for name, group in source.items():
            copy = target.create_group(name)
            copy.attrs["weight_names"] = group.attrs["weight_names"]
            for weight in group.attrs["weight_names"]:
                copy.create_dataset(weight, data=group[weight][()], compression="gzip", dtype=">f8")

    for name in ("keras1.h5", "keras2.h5", "legacy.h5", "keras3.weights.h5", "compressed.h5"):
        again = network()
        again.load_weights(HERE / name)
        assert numpy.array_equal(again.predict(inputs, verbose=0), expected), name
    with open(HERE / "predictions.json", "w") as file:
        json.dump({"inputs": inputs.ravel().tolist(), "expected": expected.ravel().tolist()}, file)


main()
