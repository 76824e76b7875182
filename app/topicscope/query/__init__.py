"""The display filter: one language for what is seen, coloured, charted, exported, replayed and expected.

    context = FilterContext(log)
    wanted = compile_filter('topic ~ "plant/+/temperature" and json.value > 80', context)
    view = LogView(log, wanted.predicate)

The ways of a text: `grammar` makes a tree of conditions (`syntax`) on fields (`fields`), each of which makes a mask
(`masks` and those named after what they look at), and `filter` asks the masks about chunks of rows.
"""

from __future__ import annotations

from topicscope.query.completion import Completion, Known, complete
from topicscope.query.context import FilterContext
from topicscope.query.errors import FilterError
from topicscope.query.fields import FIELDS
from topicscope.query.filter import Filter, Snapshot, compile_filter, snapshot
from topicscope.query.grammar import parse
from topicscope.query.operators import OPERATORS
from topicscope.query.writing import combine, for_value, json_field, user_property_field

__all__ = [
    "FIELDS",
    "OPERATORS",
    "Completion",
    "Filter",
    "FilterContext",
    "FilterError",
    "Known",
    "Snapshot",
    "combine",
    "compile_filter",
    "complete",
    "for_value",
    "json_field",
    "parse",
    "snapshot",
    "user_property_field",
]
