"""Clients of the API, generated from its committed document: TypeScript and Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.web.node import ROOT, WEB, NodeFailed, digest, install_packages, run_node

DOCUMENT = ROOT / "openapi" / "openapi.json"
TYPES = WEB / "generated" / "api.d.ts"
CLIENTS = ROOT / "build" / "clients"
TYPESCRIPT = CLIENTS / "typescript"
PYTHON = CLIENTS / "python"
PACKAGE = "unshackled_client"
GENERATOR = "node_modules/openapi-typescript/bin/cli.js"
TSC = "node_modules/typescript/bin/tsc"
ENTRY = """\
/** A client of the Unshackled API: each path, body and answer is typed. */
import createFetch, {type Client, type ClientOptions} from "openapi-fetch";
import type {paths} from "./api.js";

export type {components, operations, paths} from "./api.js";

/** A client for one address and one credential. */
export function createClient(options: ClientOptions): Client<paths> {
  return createFetch<paths>(options);
}
"""


def write_types() -> None:
    """The types that `web/` and the TypeScript client are checked by; raises `NodeFailed`."""
    mark = TYPES.with_suffix(".digest")
    now = digest([DOCUMENT, WEB / "package-lock.json"])
    if mark.exists() and mark.read_text() == now:
        return
    install_packages()
    TYPES.parent.mkdir(exist_ok=True)
    run_node([GENERATOR, DOCUMENT, "--output", TYPES])
    mark.write_text(now)


def write_clients() -> None:
    """Both clients, each as a package of its own below `build/clients`; raises `NodeFailed`."""
    write_types()
    _write_typescript()
    _write_python()


def check_types() -> None:
    """The pages and both clients, type-checked; raises `NodeFailed` with what is wrong."""
    write_clients()
    run_node([TSC, "--project", "tsconfig.json"])
    _python_tool("mypy", "--strict", "--no-incremental", str(PYTHON / PACKAGE / "client.py"))


def _write_typescript() -> None:
    version = json.loads(DOCUMENT.read_text())["info"]["version"]
    source = TYPESCRIPT / "source"
    shutil.rmtree(TYPESCRIPT, ignore_errors=True)
    source.mkdir(parents=True)
    (source / "index.ts").write_text(ENTRY)
    shutil.copy(TYPES, source / "api.ts")
    needs = json.loads((WEB / "package.json").read_text())["dependencies"]["openapi-fetch"]
    manifest = {
        "name": "@unshackled/client",
        "version": version,
        "type": "module",
        "license": "Apache-2.0",
        "exports": {".": {"types": "./index.d.ts", "default": "./index.js"}},
        "dependencies": {"openapi-fetch": needs},
    }
    (TYPESCRIPT / "package.json").write_text(json.dumps(manifest, indent=2) + "\n")
    modules = TYPESCRIPT / "node_modules"
    modules.symlink_to(WEB / "node_modules", target_is_directory=True)
    options: list[str | Path] = [
        "--strict",
        "--declaration",
        "--target",
        "es2022",
        "--module",
        "esnext",
    ]
    where: list[str | Path] = [
        "--moduleResolution",
        "bundler",
        "--skipLibCheck",
        "--outDir",
        TYPESCRIPT,
    ]
    run_node([WEB / TSC, *options, *where, source / "index.ts"])
    modules.unlink()


def _write_python() -> None:
    mark = PYTHON / ".made-of"
    now = digest([DOCUMENT])
    if mark.exists() and mark.read_text() == now:
        return
    CLIENTS.mkdir(parents=True, exist_ok=True)
    settings = CLIENTS / "python-client.yaml"
    settings.write_text(
        f"project_name_override: unshackled-client\npackage_name_override: {PACKAGE}\n"
    )
    _python_tool(
        "openapi_python_client",
        "generate",
        f"--path={DOCUMENT}",
        f"--output-path={PYTHON}",
        f"--config={settings}",
        "--overwrite",
        "--meta=pdm",
    )
    mark.write_text(now)


def _python_tool(module: str, *arguments: str) -> None:
    beside = Path(sys.executable).parent  # it formats by the ruff on its PATH
    ended = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ.get('PATH', '')}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise NodeFailed(f"{module}: {ended.stdout.strip()}")
