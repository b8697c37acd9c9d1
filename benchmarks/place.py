"""Where a run happens: folders of its own, a configuration, a hundred rules, and the program."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import cminbox
from cminbox.members import account_name

_CONFIG = """
[[member]]
handle = "ana"
role = "lead"
teams = ["care"]
login = "{account}"

[engine]
idle_exit = "10s"
"""
_WORDS = (
    "refund", "broken", "late", "parcel", "delivery", "cancel", "account", "password", "login", "charged", "price",
    "flight", "bag", "seat", "train", "delay", "app", "update", "phone", "battery", "order", "store", "manager",
    "email", "call", "rude", "wait", "hours", "week", "scam", "fraud", "legal", "thanks", "love", "great",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """The folders of a run."""

    folder: Path

    @property
    def config(self) -> Path:
        """The configuration."""
        return self.folder / "config"

    @property
    def data(self) -> Path:
        """The store."""
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        """What makes the program work here, and with nobody's own settings."""
        return {
            "CMINBOX_CONFIG": str(self.config),
            "CMINBOX_DATA": str(self.data),
            "TEXTUAL_ANIMATIONS": "none",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }

    def forget(self) -> None:
        """Lets the next screen open at the top of the first view, and not where the last one was left."""
        for file in self.data.glob("queue-*.json"):
            file.unlink(missing_ok=True)

    def command(self, *words: str) -> list[str]:
        """A command line of the program."""
        return [sys.executable, "-m", "cminbox", *words]

    def run(self, *words: str) -> tuple[float, str]:
        """Seconds that a command took, and what it printed.

        Raises:
            RuntimeError: it failed.
        """
        began = time.perf_counter()
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, check=False, env={**os.environ, **self.environment}
        )
        took = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"cminbox {' '.join(words)}: {done.stderr.strip()}")
        return took, done.stdout

    @contextmanager
    def beside(self, *words: str) -> Iterator[subprocess.Popen[bytes]]:
        """A command that runs meanwhile, and is ended."""
        process = subprocess.Popen(
            self.command(*words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **self.environment},
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


@contextmanager
def place(rules: int, kept: Path | None = None) -> Iterator[Place]:
    """Folders that are removed at the end.

    Args:
        rules: how many rules there are in all, the shipped ones among them.
        kept: a folder to use instead, which stays.
    """
    with ExitStack() as stack:
        folder = kept or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cminbox-bench-")))
        made = Place(folder)
        # As an installed program is: a Python that keeps no bytecode would read every source again at every start.
        compileall.compile_dir(str(Path(cminbox.__file__).parent), quiet=1)
        (made.config / "rules").mkdir(parents=True, mode=0o700, exist_ok=True)
        (made.config / "config.toml").write_text(_CONFIG.format(account=account_name()), "utf-8")
        (made.config / "rules" / "50-many.toml").write_text("\n".join(_rules(rules)), "utf-8")
        made.run("rules", "check")
        yield made


def _rules(wanted: int) -> Iterator[str]:
    """As many rules as are missing: words, phrases, prefixes, comparisons, as people write them."""
    from cminbox import rules

    forms = (
        "{a}",
        "sentiment:<-0.3 ({a} OR {b})",
        '"{a} {b}" -{c}',
        "{a}* is:question",
        "followers:>1000 {a}",
        "source:Delta {b}",
        "({a} OR {b} OR {c}) priority:<80",
    )
    for number in range(max(0, wanted - len(rules.load(None).rules))):
        a, b, c = (_WORDS[(number * step + step) % len(_WORDS)] for step in (1, 3, 7))
        when = forms[number % len(forms)].format(a=a, b=b, c=c)
        yield f"[[rule]]\nname = \"bench {number}\"\nwhen = '{when}'\npriority = {number % 4 + 1}\n"
