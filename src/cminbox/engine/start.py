"""Starting an engine beside a screen: detached, so that a dropped line loses no reply."""

from __future__ import annotations

import os
import subprocess
import sys

from cminbox import model
from cminbox.config import Config
from cminbox.engine.lock_holder import exists
from cminbox.store import Store, engine


def ensure_running(store: Store, config: Config, *, for_reply: bool = False) -> bool:
    """Start an engine for this store unless one beats. Returns whether one was started.

    It runs in a session of its own, writes to the log, and leaves when no screen has been open for a while. Two
    screens that start one at once end up with one: the lock decides. In a store that a group shares, only the account
    that owns it starts one, because it alone holds the networks' secrets.

    Args:
        for_reply: it is to send one reply, and leaves soon after unless a screen is opened.
    """
    if config.group and store.path.stat().st_uid != os.getuid():
        return False
    row = engine.get(store.read())
    if row is not None and row.alive(model.now()) and (row.host != os.uname().nodename or exists(row.pid)):
        return False
    paths = config.paths
    paths.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = [sys.executable, "-m", "cminbox", "--config", str(paths.config), "--data", str(paths.data)]
    with open(os.open(paths.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        subprocess.Popen(  # noqa: S603 - our own program
            [*command, "poll", "--leave-when-sent" if for_reply else "--leave-when-idle"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            close_fds=True,
        )
    return True
