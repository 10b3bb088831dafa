"""An epoch over 400 photographs by torchvision and Keras: read, decoded, resized to 224 x 224, in batches of 32.

The folder is APUS_DATA/cats-dogs/valid.
"""
import os

from registry import case, keras_library, threads, torch_library

SIDE, BATCH, PICTURES = 224, 32, 400


def folder():
    return os.path.join(os.environ["APUS_DATA"], "cats-dogs", "valid")


def torch_epoch(transform, loader=None):
    """A DataLoader with a process a core, kept alive between epochs."""
    torch = torch_library()
    from torchvision import datasets
    options = {"loader": loader} if loader else {}
    data = datasets.ImageFolder(folder(), transform, **options)
    batches = torch.utils.data.DataLoader(data, BATCH, num_workers=threads(), persistent_workers=True, prefetch_factor=3)

    def epoch():
        assert sum(len(labels) for _, labels in batches) == PICTURES
    return epoch


MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


@case("loader_224", "loader", "torchvision-pillow")
def torchvision_by_pillow():
    from torchvision import transforms
    return torch_epoch(transforms.Compose([
        transforms.Resize((SIDE, SIDE)), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)]))


@case("loader_224", "loader", "torchvision-tensors")
def torchvision_by_tensors():
    torch = torch_library()
    from torchvision import io
    from torchvision.transforms import v2
    return torch_epoch(
        v2.Compose([v2.Resize((SIDE, SIDE), antialias=True), v2.ToDtype(torch.float32, scale=True),
                    v2.Normalize(MEAN, DEVIATION)]),
        lambda path: io.decode_jpeg(io.read_file(path), io.ImageReadMode.RGB))


@case("loader_224_augmented", "loader", "torchvision-pillow")
def torchvision_augmented():
    from torchvision import transforms
    return torch_epoch(transforms.Compose([
        transforms.Resize((SIDE, SIDE)),
        transforms.RandomAffine(10, (0.1, 0.1), (0.9, 1.1), 8.6, transforms.InterpolationMode.BILINEAR),
        transforms.RandomHorizontalFlip(), transforms.ToTensor(), transforms.Normalize(MEAN, DEVIATION)]))


@case("loader_224", "loader", "keras")
def keras_dataset():
    keras = keras_library()
    from keras.applications.vgg16 import preprocess_input
    data = keras.utils.image_dataset_from_directory(
        folder(), image_size=(SIDE, SIDE), batch_size=BATCH, shuffle=False, verbose=False)
    data = data.map(lambda x, y: (preprocess_input(x), y)).prefetch(3)

    def epoch():
        assert sum(len(labels) for _, labels in data) == PICTURES
    return epoch


def generator_epoch(**settings):
    """What the articles use, in one thread."""
    keras_library()
    from keras.applications.vgg16 import preprocess_input
    from keras.src.legacy.preprocessing.image import ImageDataGenerator
    generator = ImageDataGenerator(preprocessing_function=preprocess_input, **settings)
    data = generator.flow_from_directory(folder(), (SIDE, SIDE), batch_size=BATCH, shuffle=False)

    def epoch():
        assert sum(len(data[place][1]) for place in range(len(data))) == PICTURES
    return epoch


@case("loader_224_nearest", "loader", "keras-generator")
def keras_generator():
    return generator_epoch()


@case("loader_224_augmented", "loader", "keras-generator")
def keras_generator_augmented():
    return generator_epoch(horizontal_flip=True, rotation_range=10, width_shift_range=0.1, height_shift_range=0.1,
                           shear_range=8.6, zoom_range=0.1)
