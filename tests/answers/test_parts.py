from __future__ import annotations

import pytest

from makd.errors import MakdError


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"text\n"])
def test_a_damaged_part_is_named(store, damage):
    (file,) = store.path.glob("part-*")
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(MakdError, match=rf"{file.name} is damaged .* Move it out of the store"):
        store.answers()


def test_damage_inside_a_part_is_named(store):
    (file,) = store.path.glob("part-*")
    content = bytearray(file.read_bytes())
    content[4 : len(content) // 2] = bytes(len(content) // 2 - 4)
    file.write_bytes(content)
    with pytest.raises(MakdError, match=f"{file.name} is damaged"):
        store.answers()
