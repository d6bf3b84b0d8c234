"""Adding an adapter is one folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.extension.conftest import EXAMPLE, ROOT
from tests.extension.shop import Shop
from unshackled.adapter_registry import find


def test_an_adapter_is_one_folder_that_keeps_the_contract(acme_shelf: Path) -> None:
    """The suite that is shipped finds the folder on its shelf and passes as a whole."""
    suite = shutil.copy(EXAMPLE / "suite.py", acme_shelf.parent / "test_acme.py")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-c",
            ROOT / "pyproject.toml",
            "--rootdir",
            acme_shelf.parent,
            "-p",
            "no:cacheprovider",
            suite,
        ],
        cwd=acme_shelf.parent,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert " skipped" not in done.stdout


async def test_a_flow_names_the_new_adapter(flows: Path, acme_shelf: Path) -> None:
    """One provider entry with the adapter's name, and the flow's customers are served by it."""
    text = (EXAMPLE / "harbor.yaml").read_text()
    entry = (
        "  acme:\n    adapter: acme_text\n"
        "    settings: {base_url: env:ACME_URL, api_key: env:ACME_KEY}\n"
    )
    text = text.replace("providers:\n", f"providers:\n{entry}")
    text = text.replace("identity: kyc}", "identity: kyc, notification: acme}")
    (flows / "harbor.yaml").write_text(text)
    shop = Shop(flows, find([acme_shelf]))
    await (await shop.begin("harbor", "sim-only", {"tariff": "sim-5gb"})).buy()
    assert [one.provider for one in shop.backends.standing("notification.send")] == ["acme"]
    await shop.close()
