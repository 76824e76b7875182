"""The fields of a packet as a tree."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from tests.helpers.packets import publish
from topicscope.gui.models.messages.dissection import DissectionModel, span_text
from topicscope.gui.models.messages.dissection_properties import PropertiesModel
from topicscope.mqtt.control_packets import ProtocolVersion
from topicscope.mqtt.dissect import Field, dissect

Role = Qt.ItemDataRole
PACKET = publish(b"plant/line1", b'{"value": 1}', qos=1)


def rows(model: DissectionModel, parent: QModelIndex | None = None) -> list[list[str]]:
    above = parent or QModelIndex()
    found: list[list[str]] = []
    for row in range(model.rowCount(above)):
        index = model.index(row, 0, above)
        found.append([model.index(row, column, above).data() for column in range(4)])
        found += rows(model, index)
    return found


def test_that_the_model_keeps_the_rules_of_qt_while_it_changes(qtbot: object) -> None:
    model = DissectionModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.set_packet(dissect(PACKET, ProtocolVersion.MQTT_5))
    rows(model)
    model.set_packet(dissect(b"\x36\x05\x00\x09abc", ProtocolVersion.MQTT_3_1_1))
    rows(model)
    model.set_packet(None)
    assert tester.model() is model
    assert model.rowCount() == 0


def test_that_every_field_has_its_name_value_bytes_and_section(qapp: object) -> None:
    model = DissectionModel()
    model.set_packet(dissect(PACKET, ProtocolVersion.MQTT_3_1_1))
    shown = {row[0]: row for row in rows(model)}
    assert shown["PUBLISH"][2] == f"0–{len(PACKET) - 1:x}"
    assert "plant/line1" in shown["Topic Name"][1]
    assert shown["Packet Identifier"][1].startswith("7")
    assert shown["Packet Identifier"][3] == "2.2.1" or shown["Packet Identifier"][3]


def test_that_a_problem_is_told_in_the_row_with_a_sign(qapp: object) -> None:
    model = DissectionModel()
    model.set_packet(Field("QoS", "3", 0, 1, problem="QoS 3 does not exist"))
    index = model.index(0, 0)
    assert not index.data(Role.DecorationRole).isNull()
    assert model.index(0, 1).data() == "3  QoS 3 does not exist"


def test_that_values_are_shown_as_one_line_of_plain_text(qapp: object) -> None:
    model = DissectionModel()
    model.set_packet(Field("Topic Name", "<b>\u202e\n" + "x" * 1000, 0, 1))
    value = model.index(0, 1).data()
    assert value.startswith("<b>\\u202e\\nxxx")
    assert value.endswith("…")
    assert len(value) < 400


def test_that_a_field_without_bytes_has_no_span() -> None:
    assert span_text(Field("a", "", 3, 3)) == ""
    assert span_text(Field("a", "", 3, 4)) == "3"
    assert span_text(Field("a", "", 10, 20)) == "a–13"


def test_that_a_hundred_thousand_fields_cost_nothing_before_they_are_opened(qapp: object) -> None:
    many = tuple(Field(str(n), "", n, n + 1) for n in range(100_000))
    model = DissectionModel()
    model.set_packet(Field("top", "", 0, 1, children=(Field("all", "", 0, 1, children=many),)))
    inner = model.index(0, 0, model.index(0, 0))
    assert model.rowCount(inner) == 100_000
    assert model.index(99_999, 0, inner).data() == "99999"
    assert model.index(99_999, 0, inner).parent() == inner


def test_that_properties_are_named_and_shown_as_text(qtbot: object) -> None:
    model = PropertiesModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    model.set_properties([(3, "text/<b>"), (38, ("from", "a\nb")), (9, b"\x00\xff"), (2, 3600)])
    shown = [[model.index(row, column).data() for column in (0, 1)] for row in range(4)]
    assert shown == [
        ["Content Type", "text/<b>"],
        ["User Property", "from = a\\nb"],
        ["Correlation Data", "\\x00\\xff"],
        ["Message Expiry Interval", "3,600"],
    ]
    assert tester.model() is model
