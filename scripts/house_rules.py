"""Check the house rules that no off-the-shelf linter knows.

Prints one line per finding; exit status 1 if there is any. Files are those
git tracks or would add. Product code is `src/` and `adapters/`.
"""

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 60
FUNCTION_LINES_P90 = 25
MEDIAN_FILE_LINES = 100
LARGEST_READ_BYTES = 2_000_000

# Written with character classes so that this file does not find itself.
REGISTRY = re.compile(
    r"pyp[i]\.org|python[h]osted\.org|registry\.npm[j]s|deb\.debia[n]\.org", re.IGNORECASE
)
MACHINE_PATH = re.compile(r"(?<![\w./}])/(?:wor[k]|roo[t]|home/\w+|User[s]/\w+)/")
LEFT_FOR_LATER = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K]|NotImplemented[E]rror)\b")
PATCHING = re.compile(
    r"^(mock\.patch|patch|patch\.object|monkeypatch\.setattr|Magic[M]ock|AsyncMock|Mock)$"
)
SKIPPING = re.compile(r"^pytest\.(mark\.)?(skip|skipif|xfail|importorskip)$")

# A statement of SQL begins so; what only looks like one in English lacks the second word.
SQL = re.compile(
    r"\s*(SELECT\s[^.]*\sFROM\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s"
    r"|(CREATE|ALTER|DROP|TRUNCATE)\s+(UNIQUE\s+)?(TABLE|INDEX|DATABASE|ROLE|USER|SYSTEM)\s"
    r"|WITH\s(RECURSIVE\s+)?\w+\s+AS\s+\(|PRAGMA\s+\w|ON\s+CONFLICT\s)"
)
# Where SQL lives, and the tool that starts database servers for tests.
SQL_ROOMS = ("src/unshackled/store/", "src/unshackled/testing/servers.py")

# A name says what a thing is; these say only that something happened to it.
PARTICIPLES = frozenset({"asked", "found", "held", "kept", "made", "said", "seen", "told"})
# What is stored, sent or published, and a name of the SDK: these names are a promise.
PROMISED = frozenset(
    {
        ("", "Found"),
        ("ApprovalRequest", "seen"),
        ("Action", "seen"),
        ("BulkSelection", "asked"),
        ("OpsProblem", "asked"),
        ("ProviderProblem", "asked"),
        ("RecordResult", "asked"),
        ("StepReset", "held"),
        ("StepState", "held"),
        ("UndoDue", "held"),
    }
)
# Models of published documents are named after what they represent.
PUBLISHED = re.compile(
    r"/http/(\w+/)?(\w*schemas|prices_shown|problems)\.py$|/lender_check/\w+_messages\.py$"
)
# A file is named after the key that flows use (ports, steps), or mirrors its neighbours (stores).
NAMED_BY_KEY = re.compile(r"/(ports|steps|store/\w+)/[^/]+$")

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef | ast.Assign | ast.AnnAssign


def main() -> int:
    """Check every file below the current directory."""
    findings = sorted(check(Path.cwd()))
    for finding in findings:
        print(finding)
    print(f"house rules: {len(findings)} broken" if findings else "house rules: kept")
    return 1 if findings else 0


def check(root: Path) -> Iterator[str]:
    """Yield `path:line: what is wrong` for each broken rule in the git work tree at `root`."""
    sizes: list[int] = []
    lengths: list[int] = []
    homes: dict[str, list[str]] = {}
    for name in files(root):
        text = read(root / name)
        if text is None:
            continue
        yield from text_findings(name, text)
        if name.endswith(".py"):
            tree = ast.parse(text, filename=name)
            yield from tree_findings(name, tree)
            if is_product(name):
                yield from participles(name, tree)
            if name.startswith("src/"):
                for public in public_names(name, tree):
                    homes.setdefault(public, []).append(name)
            if is_product(name):
                sizes.append(text.count("\n"))
                lengths.extend(body_lines(node) for node in functions(tree))
    yield from shape_findings(sizes, lengths)
    for public, places in sorted(homes.items()):
        if len(places) > 1:
            yield f"{places[1]}:1: {public} is in {places[0]} too: one meaning a name"


def public_names(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield what may be there only once: the module's own name, and its public classes."""
    stem = Path(name).stem
    if not stem.startswith("__") and not NAMED_BY_KEY.search(name):
        yield f"a module {stem}"
    if PUBLISHED.search(name):
        return
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield f"a class {node.name}"


def participles(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield public names that are no nouns: classes, functions, parameters, fields, constants."""
    for owner, node in definitions(tree):
        if isinstance(node, Function):
            arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
            words = [node.name, *(argument.arg for argument in arguments), *attributes(node)]
        elif isinstance(node, ast.ClassDef):
            words = [node.name]
        else:
            words = [word for word in assigned(node) if (owner, word) not in PROMISED]
        for word in sorted(word for word in words if word.lower() in PARTICIPLES):
            yield f"{name}:{node.lineno}: `{word}` says what happened, not what it is"


def assigned(node: ast.Assign | ast.AnnAssign) -> list[str]:
    """The plain names that an assignment gives a value."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def attributes(node: Function) -> Iterator[str]:
    """Yield the attributes that a function gives a value, of `self` or of anything else."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            yield inner.attr


def definitions(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    """Yield what a module and its classes define, each with the class that it is part of."""
    for node in tree.body:
        if isinstance(node, Definition):
            yield "", node
        if isinstance(node, ast.ClassDef):
            yield from ((node.name, part) for part in node.body if isinstance(part, Definition))


def files(root: Path) -> list[str]:
    """Names, relative to `root`, of the files that git tracks or would add."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True)
    return sorted({name for name in listing.stdout.split("\0") if name})


def read(path: Path) -> str | None:
    """Return the text of a file, or None if it is gone, binary or very large."""
    if not path.is_file() or path.stat().st_size > LARGEST_READ_BYTES:
        return None
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def is_product(name: str) -> bool:
    """Tell whether `name` is shipped code."""
    return name.startswith(("src/", "adapters/"))


def is_test(name: str) -> bool:
    """Tell whether `name` is test code."""
    return name.startswith(("tests/", "contract-tests/"))


def text_findings(name: str, text: str) -> Iterator[str]:
    """Yield what is wrong with single lines and with the size of a file."""
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        if REGISTRY.search(line):
            yield f"{where}: names the host of a package registry"
        if MACHINE_PATH.search(line):
            yield f"{where}: names a path of somebody's machine"
        if name.startswith("requirements/") and "://" in line:
            yield f"{where}: a lock must carry no address"
        if name.endswith(".py") and is_product(name) and LEFT_FOR_LATER.search(line):
            yield f"{where}: left for later in product code"
    lines = text.count("\n")
    if name.endswith(".py") and lines > FILE_LINES:
        yield f"{name}:1: {lines} lines, at most {FILE_LINES}"


def tree_findings(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield what is wrong with the functions and names of a module."""
    for node in functions(tree):
        where = f"{name}:{node.lineno}"
        if is_test(name) and node.name.startswith("test") and not ast.get_docstring(node):
            yield f"{where}: {node.name} has no sentence saying what holds"
        if is_product(name) and body_lines(node) > FUNCTION_LINES:
            yield f"{where}: {node.name} has {body_lines(node)} lines, at most {FUNCTION_LINES}"
    if is_test(name):
        yield from patched_or_skipped(name, tree)
    if is_product(name) and not name.startswith(SQL_ROOMS):
        yield from statements_of_sql(name, tree)


def statements_of_sql(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield each text that is SQL: no store without SQL could stand behind what it is part of."""
    inner = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in inner else node.value
        else:
            continue
        if SQL.match(text):
            yield f"{name}:{node.lineno}: a statement of SQL: it belongs in src/unshackled/store/"


def patched_or_skipped(name: str, tree: ast.Module) -> Iterator[str]:
    """Yield each patched internal and each skipped or expected failure of a test module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            used = ast.unparse(node).removeprefix("unittest.")
            if PATCHING.match(used):
                yield f"{name}:{node.lineno}: {used}: write a fake with state beside the port"
            if SKIPPING.match(used):
                yield f"{name}:{node.lineno}: {used}: mend the test or delete it"


def functions(tree: ast.Module) -> Iterator[Function]:
    """Yield every function and method of a module, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def body_lines(node: Function) -> int:
    """Count the lines of a function's body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    if not body:
        return 1
    return (node.end_lineno or body[-1].lineno) - body[0].lineno + 1


def shape_findings(sizes: Iterable[int], lengths: Iterable[int]) -> Iterator[str]:
    """Yield what is wrong with the product as a whole: small rooms, not only no giant ones."""
    files_, functions_ = sorted(sizes), sorted(lengths)
    if files_ and statistics.median(files_) > MEDIAN_FILE_LINES:
        yield f"product: the median file has more than {MEDIAN_FILE_LINES} lines"
    if functions_ and functions_[int(len(functions_) * 0.9) - 1] > FUNCTION_LINES_P90:
        yield f"product: more than a tenth of the functions exceed {FUNCTION_LINES_P90} lines"


if __name__ == "__main__":
    sys.exit(main())
