"""Where the program's files are: configuration, data, state."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import platformdirs

from cminbox.errors import CminboxError, UsageError


class Paths(NamedTuple):
    """The three folders, and by name what is in them.

    Attributes:
        config: the files that people write.
        data: the store, and what belongs to it alone.
        state: logs.
    """

    config: Path
    data: Path
    state: Path

    @property
    def config_file(self) -> Path:
        return self.config / "config.toml"

    @property
    def brand_file(self) -> Path:
        """`brand.toml`: name, facts, tone."""
        return self.config / "brand.toml"

    @property
    def keys_file(self) -> Path:
        """`keys.toml`: the user's own keys."""
        return self.config / "keys.toml"

    @property
    def secrets_file(self) -> Path:
        """Where secrets are kept on a machine without a keyring; mode 0600."""
        return self.config / "secrets.toml"

    @property
    def rules(self) -> Path:
        """The folder of the user's rule files."""
        return self.config / "rules"

    @property
    def lexicons(self) -> Path:
        """The folder of the user's word lists."""
        return self.config / "lexicons"

    @property
    def reasons(self) -> Path:
        """The user's file of reasons for what is taken from people on a network."""
        return self.config / "reasons.toml"

    @property
    def experts(self) -> Path:
        """The user's file of colleagues who can be asked."""
        return self.config / "experts.toml"

    @property
    def templates(self) -> Path:
        """The folder of the user's templates."""
        return self.config / "templates"

    @property
    def store(self) -> Path:
        return self.data / "cminbox.db"

    @property
    def pictures(self) -> Path:
        """The folder of pictures that were fetched to be shown; nothing is lost with it."""
        return self.state / "pictures"

    @property
    def log(self) -> Path:
        return self.state / "cminbox.log"


def find(config: str | Path | None = None, data: str | Path | None = None) -> Paths:
    """The folders to use: what was given, else `CMINBOX_CONFIG` and `CMINBOX_DATA`, else platformdirs' folders.

    A data folder that was named holds its log too, so that a throw-away store leaves nothing behind elsewhere.
    Nothing is created.

    Args:
        config: the folder of `--config`.
        data: the folder of `--data`.

    Raises:
        UsageError: the account has no home, and no folder was named.
    """
    config = config or os.environ.get("CMINBOX_CONFIG")
    data = data or os.environ.get("CMINBOX_DATA")
    return Paths(
        config=_folder(config) if config else _usual(platformdirs.user_config_path),
        data=_folder(data) if data else _usual(platformdirs.user_data_path),
        state=_folder(data) if data else _usual(platformdirs.user_state_path),
    )


def _folder(name: str | Path) -> Path:
    try:
        return Path(name).expanduser().absolute()
    except RuntimeError:
        raise UsageError(f"{name}: there is no such home folder", "name the folder without ~") from None
    except OSError:
        raise UsageError(
            f"{name}: the folder that you are in is gone", "go to another, or name the whole path"
        ) from None


def _usual(find: Callable[..., Path]) -> Path:
    """A folder of platformdirs; where the account has no home (in a container, say), there is none."""
    try:
        path = find("cminbox", appauthor=False)
    except RuntimeError:
        path = Path("~")  # releases differ in whether they refuse, or give this
    if not path.is_absolute():
        raise UsageError("this account has no home folder", "set HOME, or name folders with --config and --data")
    return path


def make_private(path: Path) -> Path:
    """Makes a folder and its missing parents with mode 0700, and gives it back; one that exists is left as it is.

    Raises:
        CminboxError: it cannot be made.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not path.is_dir():
            raise NotADirectoryError(20, "it is a file")
    except OSError as problem:
        raise CminboxError(
            f"cannot make the folder {path}: {problem.strerror}", "choose another with --config or --data"
        ) from problem
    return path
