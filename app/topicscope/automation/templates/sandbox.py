"""The template library in a cage: few words, no attributes of objects, and a budget for all that can grow.

Nothing in a template is run that is not named here: nodes, operators, filters, tests and functions are lists.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from jinja2 import nodes, pass_context
from jinja2.runtime import LoopContext, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer

from topicscope.automation.templates.filters import FILTERS, too_long
from topicscope.automation.templates.shorthand import TemplateProblem
from topicscope.automation.templates.variables import (
    FUNCTIONS,
    LONGEST_OUTPUT,
    Environ,
    Function,
    Run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2.runtime import Context, Undefined

    from topicscope.automation.templates.shorthand import Prepared

RUN: Final = "_run"
"""Name under which a rendering finds its `Run`."""

_MOST_PARTS = 10_000
_MOST_BITS = 10_000
_TESTS = (
    "defined undefined none number string even odd mapping sequence true false in eq ne lt gt le ge"
)
_OF_A_LOOP = frozenset(
    {"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth"}
)
_NODES = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Assign),
    *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword),
    *(nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Getitem, nodes.Getattr, nodes.Slice),
    *(nodes.Call, nodes.Compare, nodes.Operand, nodes.Concat, nodes.BinExpr, nodes.UnaryExpr),
)
_NAMES_OF_NODES = {
    "AssignBlock": "a {% set %} with a block",
    "CallBlock": "{% call %}",
    "FilterBlock": "{% filter %}",
    "FromImport": "{% from %}",
}


_HOMES = {
    "value": "a schedule with a waveform",
    "index": "a schedule",
    **dict.fromkeys(
        ("topic", "payload", "json", "level", "response_topic", "correlation_data"), "a responder"
    ),
}
"""Where names are known that are not known everywhere."""


class Unknown(StrictUndefined):
    """A name that nobody knows: an error where it is used."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        name = str(self._undefined_name)[:60]
        if self._undefined_obj is missing:
            home = _HOMES.get(name)
            return f"“{name}” is not known" + (f": only {home} has it" if home else "")
        return f"there is no “{name}” in it"


class Sandbox(SandboxedEnvironment):
    """The environment of all templates; it has no state of any rendering."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "**", "%"))

    def __init__(self) -> None:
        super().__init__(
            undefined=Unknown,
            finalize=_shown,
            keep_trailing_newline=True,
            optimized=False,
            autoescape=False,
            cache_size=0,
        )
        self.filters = {name: _timed(filtered) for name, filtered in FILTERS.items()}
        self.tests = {name: self.tests[name] for name in _TESTS.split()}
        self.globals = {**FUNCTIONS, **_INNER}

    def call(self, context: Context, obj: Any, /, *args: Any, **_: Any) -> Any:  # noqa: ANN401
        """Call a function of ours with the rendering it is part of; nothing else can be called."""
        if type(obj) is not Function:
            raise ValueError("only functions can be called")
        # The library passes the variables of a loop by name, and of a template no names are taken.
        return obj.call(context.parent[RUN], *args)

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401
        """Return a value of an object of JSON; attributes of Python do not exist."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401
        """Return a part of a text, a list or an object of JSON."""
        if isinstance(argument, str) and argument.startswith("_"):
            raise ValueError(f"“{argument[:60]}” is closed to templates")
        if isinstance(obj, StrictUndefined):
            str(obj)
        if isinstance(obj, Environ) and isinstance(argument, str):
            found = obj.get(argument)
            return self._absent(argument, "is not set") if found is None else found
        if isinstance(obj, LoopContext):
            return (
                getattr(obj, argument)
                if argument in _OF_A_LOOP
                else self.undefined(obj=obj, name=argument)
            )
        if isinstance(obj, dict | list | tuple | str | range) and not isinstance(argument, bool):
            try:
                return obj[argument]
            except (LookupError, TypeError):
                if isinstance(obj, list) and isinstance(argument, str) and argument.isdecimal():
                    return self.getitem(obj, int(argument[:9]))
        return self.undefined(obj=obj, name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Calculate with numbers, and join texts with ``+``; both within bounds."""
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            return _joined(context.parent[RUN], left, right)
        if not isinstance(left, int | float) or not isinstance(right, int | float):
            for one in (left, right):
                if isinstance(one, StrictUndefined):
                    str(one)
            raise TypeError(f"“{operator}” is for numbers")
        if isinstance(left, int) and isinstance(right, int) and operator in {"*", "**"}:
            bits = left.bit_length()
            bits = bits * max(right, 0) if operator == "**" else bits + right.bit_length()
            if bits > _MOST_BITS:
                raise ValueError("the number is too large")
        return super().call_binop(context, operator, left, right)

    def checked(self, prepared: Prepared) -> nodes.Template:
        """Return the tree of a template with its budgets built in. Raises TemplateProblem and what the parser does."""
        tree = self.parse(prepared.source)
        checker = _Checker(prepared)
        new = checker.visit(tree)
        assert isinstance(new, nodes.Template)
        new.set_environment(self)
        return new

    def _absent(self, name: str, why: str) -> Undefined:
        return self.undefined(hint=f"“{name}” {why}")


def _shown(value: object) -> str:
    """Write a value as it stands in a payload: JSON for what is no text."""
    if isinstance(value, str):
        return too_long(value)
    if value is None or isinstance(value, bool | list | dict | tuple):
        return too_long(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise ValueError("the bytes are not UTF-8, and cannot be written as text") from None
    if isinstance(value, int | float | StrictUndefined):
        return str(value)
    raise TypeError("this cannot be written")


def _timed(filtered: Callable[..., object]) -> Callable[..., object]:
    """Return a filter that stops a rendering whose time is over."""

    @pass_context
    def within_time(context: Context, *args: object) -> object:
        context.parent[RUN].check_time()
        return filtered(*args)

    return within_time


def _passed(run: Run, value: object) -> object:
    run.check_time()
    return value


def _joined(run: Run, *parts: object) -> str:
    texts = [_shown(part) for part in parts]
    if sum(map(len, texts)) > LONGEST_OUTPUT:
        raise ValueError(f"it becomes longer than {LONGEST_OUTPUT:,} characters")
    run.check_time()
    return "".join(texts)


def _weighed(run: Run, value: object) -> object:
    """Return a list or an object of a template, unless it holds too much: lists of lists grow quickly."""
    waiting = [value]
    seen = 0
    while waiting:
        one = waiting.pop()
        seen += 1 + len(one) // 100 if isinstance(one, str) else 1
        if seen > _MOST_PARTS:
            raise ValueError(f"a list has more than {_MOST_PARTS:,} parts")
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one[: _MOST_PARTS + 1]
    run.check_time()
    return value


_INNER: Final[Mapping[str, Function]] = {
    "_joined": Function(_joined),
    "_passed": Function(_passed),
    "_weighed": Function(_weighed),
    "_bounded": Function(Run.bounded),
}


class _Checker(NodeTransformer):
    """Refuses what is not on the list, and puts a budget round what can grow."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        if not isinstance(node, _NODES):
            kind = type(node).__name__
            words = _NAMES_OF_NODES.get(kind, "{% " + kind.lower() + " %}")
            raise self._refused(node, f"{words} does not exist in templates of messages")
        return super().visit(node, *args, **kwargs)

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:  # noqa: N802
        node.data = self._prepared.restored(node.data)
        return node

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802
        if node.name.startswith("_"):
            raise self._refused(node, f"“{node.name[:60]}” is closed to templates")
        function = FUNCTIONS.get(node.name)
        if node.ctx != "load" and (function or node.name in {"env", "loop"}):
            raise self._refused(node, f"“{node.name}” has a meaning already")
        if function is None:
            return node
        if not function.is_alone:
            raise self._refused(node, f"“{node.name}” needs something behind it")
        return self._call(node.name, [], node)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802
        if not isinstance(node.node, nodes.Name) or node.node.name not in FUNCTIONS:
            known = ", ".join(sorted(FUNCTIONS))
            raise self._refused(node, f"only these can be called: {known}")
        if node.dyn_args is not None or node.dyn_kwargs is not None or node.kwargs:
            raise self._refused(node, f"“{node.node.name}” takes plain values")
        node.args = [self.visit(one) for one in node.args]
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        if node.recursive:
            raise self._refused(node, "a loop cannot be recursive")
        self.generic_visit(node)
        assert isinstance(node.iter, nodes.Expr)
        node.iter = self._call("_bounded", [node.iter], node)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return self._call("_joined", node.nodes, node)

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.expr = self._call("_passed", [node.expr], node)
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        return self._container(node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        return self._container(node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        if node.ctx != "load":
            self.generic_visit(node)
            return node
        return self._container(node)

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802
        if node.attr.startswith("_"):
            raise self._refused(node, f"“{node.attr[:60]}” is closed to templates")
        self.generic_visit(node)
        return node

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        return self._named(node, FILTERS, "filter")

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        return self._named(node, _TESTS.split(), "test")

    def _named(self, node: Any, known: Any, kind: str) -> nodes.Node:  # noqa: ANN401
        if node.name not in known:
            raise self._refused(
                node, f"there is no {kind} “{node.name[:60]}”, only {', '.join(sorted(known))}"
            )
        if node.dyn_args is not None or node.dyn_kwargs is not None or node.kwargs:
            raise self._refused(node, f"“{node.name}” takes plain values")
        self.generic_visit(node)
        assert isinstance(node, nodes.Node)
        return node

    def _container(self, node: nodes.Expr) -> nodes.Node:
        self.generic_visit(node)
        return self._call("_weighed", [node], node)

    def _call(self, name: str, arguments: list[nodes.Expr], like: nodes.Node) -> nodes.Call:
        function = nodes.Name(name, "load", lineno=like.lineno)
        return nodes.Call(function, arguments, [], None, None, lineno=like.lineno)

    def _refused(self, node: nodes.Node, words: str) -> TemplateProblem:
        starts = self._prepared.starts
        return TemplateProblem(words, starts[min(node.lineno, len(starts)) - 1])
