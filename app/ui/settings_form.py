"""The settings of a run as fields of a form."""

from dataclasses import Field, fields
from typing import Any

import streamlit as st

from lart_core.settings import Settings


def ask(preset: str) -> dict[str, float]:
    """Show a field for each setting of a preset; gives those that differ from the defaults."""
    changed: dict[str, float] = {}
    shown = [
        each
        for each in fields(Settings)
        if each.metadata["only"] in ("", preset) and not each.metadata["of_boxes"]
    ]
    columns = st.columns(2)
    for index, each in enumerate(shown):
        with columns[index % 2]:
            value = _number(each)
        if value is not None and value != each.default:
            changed[each.name] = value
    return changed


def _number(setting: Field[Any]) -> float | None:
    """A field for a setting: whole numbers for one of whole numbers."""
    kind: Any = int if setting.type is int else float
    low, high = kind(setting.metadata["low"]), kind(setting.metadata["high"])
    default: Any = setting.default
    step: Any = kind(1) if high > 1 else 0.05
    return st.number_input(
        setting.name.replace("_", " ").capitalize(),
        low,
        high,
        default,
        step=step,
        placeholder="The preset's own",
        help=setting.metadata["help"],
        key=f"setting {setting.name}",
    )
