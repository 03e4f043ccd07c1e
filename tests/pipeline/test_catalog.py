from pathlib import Path

import pytest

from makd.config.settings import DataSettings
from makd.errors import UsageError
from makd.pipeline.catalog import open_catalog
from makd.progress import Silent


def test_pictures_are_known_by_their_folder_or_by_the_name_given(folder: Path) -> None:
    assert open_catalog(DataSettings(name=str(folder)), Silent()).source == folder.name
    moved = open_catalog(DataSettings(name=str(folder), source="squares"), Silent())
    assert moved.source == "squares"
    assert moved.samples == open_catalog(DataSettings(name=str(folder)), Silent()).samples


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "fieldguide", "train_per_class": 5}, "fieldguide comes with its splits"),
        ({"name": "pictures", "draw": 2}, "only fieldguide has draws of species, 'pictures' has none"),
    ],
)
def test_settings_that_mean_nothing_to_the_data_are_refused(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        open_catalog(DataSettings.model_validate(settings), Silent())
