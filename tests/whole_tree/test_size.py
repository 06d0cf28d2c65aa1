"""The caps of the house: small functions, small files, few parameters (migrations and tests apart)."""

import ast

import pytest

from config.environment import BASE_DIR
from tests.whole_tree.test_order import APPS, is_in_layer, modules

FILE_LINES = 400
FUNCTION_LINES = 60
PARAMETERS = 6
HANDLER_LINES = 25
TASK_LINES = 10
METHODS = {"get", "post", "put", "patch", "delete"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def parameters(node: Function) -> int:
    """Optional keywords do not count: a caller who does not need them need not know them."""
    keywords = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    required = [argument for argument, default in keywords if default is None]
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args, *required)]
    return len([name for name in names if name not in {"self", "cls"}])


def is_task(node: Function) -> bool:
    return any("task" in ast.unparse(decorator) for decorator in node.decorator_list)


def is_handler(node: Function) -> bool:
    first = node.args.args[0].arg if node.args.args else ""
    answers = node.returns is not None and "Response" in ast.unparse(node.returns)
    return node.name in METHODS or (first == "request" and answers)


def outer_functions(tree: ast.Module) -> list[Function]:
    """Functions of the module and methods of its classes, not what they define inside."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return [node for owner in (tree, *classes) for node in owner.body if isinstance(node, Function)]


@pytest.mark.parametrize("app", [*APPS, "tools", "bench"])
def test_files_and_functions_stay_small(app: str) -> None:
    wrong = []
    for path in modules(app):
        text = path.read_text(encoding="utf8")
        name = path.relative_to(BASE_DIR)
        if (lines := text.count("\n")) > FILE_LINES:
            wrong.append(f"{name}: {lines} lines")
        for node in functions(ast.parse(text)):
            if length(node) > FUNCTION_LINES:
                wrong.append(f"{name}:{node.lineno} {node.name}: {length(node)} lines")
            if parameters(node) > PARAMETERS:
                wrong.append(f"{name}:{node.lineno} {node.name}: {parameters(node)} parameters")
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_handlers_and_tasks_only_translate(app: str) -> None:
    wrong = []
    for path in modules(app):
        if not is_in_layer(path, app, ("views", "api", "tasks")):
            continue
        for node in outer_functions(ast.parse(path.read_text(encoding="utf8"))):
            cap = TASK_LINES if is_task(node) else HANDLER_LINES if is_handler(node) else FUNCTION_LINES
            if length(node) > cap:
                wrong.append(
                    f"{path.relative_to(BASE_DIR)}:{node.lineno} {node.name}: {length(node)} > {cap}"
                )
    assert wrong == []
