"""The data sets that makd knows by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from makd.data.known import layouts
from makd.data.known.cifar100 import cifar100
from makd.data.known.mini_imagenet import FIRST, TABLES, mini_imagenet
from makd.data.known.spec import KnownSet

DETECTION = frozenset({"coco"})
"""Known by name, but about objects in pictures: there is no such task yet."""

KNOWN: Mapping[str, KnownSet] = MappingProxyType(
    {
        "oxford-pets": KnownSet(
            title="Oxford-IIIT Pet",
            home="https://www.robots.ox.ac.uk/~vgg/data/pets/",
            folders=("oxford-iiit-pet",),
            needs=(("images", "annotations/trainval.txt", "annotations/test.txt"),),
            division="official trainval (as train) and test",
            classes=37,
            images=7349,
            read=layouts.oxford_pets,
        ),
        "stanford-cars": KnownSet(
            title="Stanford Cars",
            home="https://ai.stanford.edu/~jkrause/cars/car_dataset.html",
            folders=("stanford_cars",),
            needs=(
                (
                    "cars_train",
                    "cars_test",
                    "devkit/cars_meta.mat",
                    "devkit/cars_train_annos.mat",
                    "cars_test_annos_withlabels.mat",
                ),
            ),
            division="official train and test",
            classes=196,
            images=16185,
            read=layouts.stanford_cars,
        ),
        "dtd": KnownSet(
            title="Describable Textures Dataset",
            home="https://www.robots.ox.ac.uk/~vgg/data/dtd/",
            folders=("dtd", "dtd/dtd"),
            needs=(("images", "labels/train1.txt", "labels/val1.txt", "labels/test1.txt"),),
            division="official train, val and test, partition 1 of 10",
            classes=47,
            images=5640,
            read=layouts.dtd,
        ),
        "flowers102": KnownSet(
            title="Oxford 102 Flower",
            home="https://www.robots.ox.ac.uk/~vgg/data/flowers/102/",
            folders=("flowers-102",),
            needs=(("jpg", "imagelabels.mat", "setid.mat"),),
            division="official train, val and test",
            classes=102,
            images=8189,
            read=layouts.flowers102,
        ),
        "cub200": KnownSet(
            title="Caltech-UCSD Birds-200-2011",
            home="https://www.vision.caltech.edu/datasets/cub_200_2011/",
            folders=("CUB_200_2011",),
            needs=(
                (
                    "images",
                    "images.txt",
                    "classes.txt",
                    "image_class_labels.txt",
                    "train_test_split.txt",
                ),
            ),
            division="official train and test",
            classes=200,
            images=11788,
            read=layouts.cub200,
        ),
        "fgvc-aircraft": KnownSet(
            title="FGVC-Aircraft, variants",
            home="https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/",
            folders=("fgvc-aircraft-2013b",),
            needs=(
                (
                    "data/images",
                    "data/variants.txt",
                    "data/images_variant_train.txt",
                    "data/images_variant_val.txt",
                    "data/images_variant_test.txt",
                ),
            ),
            division="official train, val and test",
            classes=100,
            images=10000,
            read=layouts.fgvc_aircraft,
        ),
        "caltech101": KnownSet(
            title="Caltech 101",
            home="https://data.caltech.edu/records/mzrjq-6wc02",
            folders=(
                "101_ObjectCategories",
                "caltech101/101_ObjectCategories",
                "caltech-101/101_ObjectCategories",
                "caltech101",
            ),
            needs=(("accordion", "airplanes", "yin_yang"),),
            division="no official splits",
            classes=101,
            images=8677,
            read=layouts.caltech101,
        ),
        "mini-imagenet": KnownSet(
            title="Mini-ImageNet",
            home="https://image-net.org/ (pictures), Ravi and Larochelle's {train,val,test}.csv (list)",
            folders=("mini-imagenet", "mini_imagenet", "miniImageNet", "miniimagenet"),
            needs=(("images", *TABLES), (FIRST,), (f"train/{FIRST}",)),
            division="no official splits for classification",
            classes=100,
            images=60000,
            read=mini_imagenet,
        ),
        "cifar100": KnownSet(
            title="CIFAR-100, fine classes",
            home="https://www.cs.toronto.edu/~kriz/cifar.html",
            folders=("cifar-100-python",),
            needs=(("train", "test", "meta"),),
            division="official train and test",
            classes=100,
            images=60000,
            read=cifar100,
        ),
    }
)
