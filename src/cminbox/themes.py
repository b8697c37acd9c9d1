"""The two themes: one accent; red only for what is overdue and for a crisis; grey for context."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="cminbox-dark",
    primary="#7aa2c8",
    secondary="#6f8299",
    accent="#8fbcbb",
    foreground="#d5dae1",
    background="#14171c",
    surface="#181c22",
    panel="#20262e",
    success="#8fb573",
    warning="#d7b26d",
    error="#e06c75",
    dark=True,
    variables={
        "row-cursor": "#26303b",
        "row-cursor-blurred": "#1d242c",
        "context": "#818c9a",
        "faint": "#566170",
        "strong": "#f2f5f9",
        "border": "#39434f",
        "border-blurred": "#2a323c",
        "foreground-on-error": "#14171c",
        "scrollbar": "#2c343e",
        "scrollbar-hover": "#3a4552",
        "scrollbar-active": "#8fbcbb",
        "scrollbar-background": "#14171c",
        "scrollbar-background-hover": "#14171c",
        "scrollbar-background-active": "#14171c",
        "input-cursor-background": "#8fbcbb",
        "input-selection-background": "#2f4a55",
    },
)

LIGHT = Theme(
    name="cminbox-light",
    primary="#2f5d8a",
    secondary="#5d7189",
    accent="#0b7285",
    foreground="#262b33",
    background="#fbfbf9",
    surface="#f4f4f1",
    panel="#eaeae6",
    success="#4a7a2c",
    warning="#8a6210",
    error="#b3261e",
    dark=False,
    variables={
        "row-cursor": "#dfe9ee",
        "row-cursor-blurred": "#ececea",
        "context": "#636c78",
        "faint": "#9aa1aa",
        "strong": "#0d1117",
        "border": "#c9cbc8",
        "border-blurred": "#dcdcd8",
        "foreground-on-error": "#ffffff",
        "scrollbar": "#d4d5d1",
        "scrollbar-hover": "#bfc1bc",
        "scrollbar-active": "#0b7285",
        "scrollbar-background": "#fbfbf9",
        "scrollbar-background-hover": "#fbfbf9",
        "scrollbar-background-active": "#fbfbf9",
        "input-cursor-background": "#0b7285",
        "input-selection-background": "#c5dfe4",
    },
)

THEMES = (DARK, LIGHT)
