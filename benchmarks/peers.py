"""The mail programs that ours is measured beside: installed where they may be, each with folders of its own.

Nothing of the person who measures is read: no muttrc, no accounts, no index. Each program is configured as little as it
takes to open the mailbox.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_NEOMUTT = "set folder={box}\nset spoolfile={mail}\nset sort=threads\nset mail_check=0\n"
_AERC = "[bench]\nsource = maildir://{box}\nfrom = Bench <bench@brand.example>\ndefault = mail\n"
_NOTMUCH = (
    "[database]\npath={index}\nmail_root={box}\n[new]\ntags=\n[user]\nname=Bench\nprimary_email=bench@brand.example\n"
)


@dataclass(frozen=True)
class Peer:
    """A program with a screen.

    Attributes:
        rows: what stands on the screen once its first rows do.
        top: the key to the first row.
        move: the key to the next row.
        page: the key to the next page.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    rows: bytes = b""
    top: bytes = b"g"
    move: bytes = b"j"
    page: bytes = b"\x06"


def installed(names: Sequence[str]) -> list[str]:
    """Those of the programs that are there, after installing what is missing where that is allowed."""
    missing = [name for name in names if not shutil.which(name)]
    if missing and (apt := _apt()):
        print(f"installing {', '.join(missing)}", file=sys.stderr)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        for name in missing:
            subprocess.run([*apt, name], check=False, **quiet)
    for name in missing:
        if not shutil.which(name):
            print(f"{name} is not there and cannot be installed: it is left out", file=sys.stderr)
    return [name for name in names if shutil.which(name)]


def _apt() -> list[str]:
    """How packages are installed here without a question, or nothing where that is not allowed."""
    install = ["apt-get", "install", "-y", "--no-install-recommends"]
    if not shutil.which("apt-get"):
        return []
    if os.geteuid() == 0:
        return install
    asked = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n", *install] if asked and not asked.returncode else []


def screens(folder: Path, mail: Path, names: Sequence[str]) -> list[Peer]:
    """The programs with a screen, configured below the folder for the mailbox.

    Args:
        mail: a maildir, in a folder that has nothing else.
        names: those that are there.
    """
    found = []
    # neomutt stands on the newest mail at first: `=` goes to the oldest. A row has its size in brackets.
    if "neomutt" in names:
        for name, more in (("neomutt", ""), ("neomutt, cached", f"set header_cache={folder / 'headers'}\n")):
            home = folder / name.replace(", ", "-")
            home.mkdir()
            (home / "muttrc").write_text(_NEOMUTT.format(box=mail.parent, mail=mail) + more, "utf-8")
            command = ["neomutt", "-n", "-F", str(home / "muttrc"), "-f", str(mail)]
            found.append(Peer(name, command, _home(home), rb"\([ .\d]+K\) ", top=b"=", page=b"z"))
    if "aerc" in names:
        home = folder / "aerc"
        (home / "config" / "aerc").mkdir(parents=True)
        accounts = home / "config" / "aerc" / "accounts.conf"
        accounts.write_text(_AERC.format(box=mail.parent), "utf-8")
        accounts.chmod(0o600)
        found.append(Peer("aerc", ["aerc"], _home(home), rb"\d{4}-\d\d-\d\d \d\d:\d\d [AP]M"))
    return found


def _home(home: Path) -> dict[str, str]:
    (home / "run").mkdir(mode=0o700)
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "share"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_RUNTIME_DIR": str(home / "run"),
    }


@dataclass(frozen=True)
class Notmuch:
    """The index of mail.

    Attributes:
        folder: where its configuration and its index are.
    """

    folder: Path

    @classmethod
    def made(cls, folder: Path, mail: Path) -> Notmuch:
        """One with an empty index."""
        index = folder / "index"
        index.mkdir(parents=True)
        (folder / "config").write_text(_NOTMUCH.format(index=index, box=mail.parent), "utf-8")
        return cls(folder)

    def take_in(self) -> float:
        """Seconds that indexing all mail takes."""
        return self._run("new", "--quiet")

    def search(self, query: str) -> float:
        """Seconds that the first 50 take."""
        return self._run("search", "--limit=50", query)

    def size(self) -> int:
        """Bytes of the index."""
        return sum(file.stat().st_size for file in (self.folder / "index").rglob("*") if file.is_file())

    def _run(self, *words: str) -> float:
        began = time.perf_counter()
        environment = {**os.environ, "NOTMUCH_CONFIG": str(self.folder / "config"), "HOME": str(self.folder)}
        subprocess.run(["notmuch", *words], check=True, capture_output=True, env=environment)
        return time.perf_counter() - began
