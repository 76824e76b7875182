"""Which test shows which fault of connecting: each that is named here must be there, so none is lost unseen."""

from __future__ import annotations

import ast
import functools
from pathlib import Path
from typing import Final

import pytest

TESTS = Path(__file__).parents[1]

FIRST: Final = "faults/test_first_connect.py"
SESSION: Final = "faults/test_session_faults.py"
TLS: Final = "faults/test_tls_faults.py"
TRUST: Final = "faults/test_trust.py"
NETWORK: Final = "faults/test_network_faults.py"
TOLD: Final = "faults/test_server_told.py"
WINDOW: Final = "faults/gui/test_connecting_faults.py"
OFFERS: Final = "faults/gui/test_offers.py"
PINNED: Final = "faults/gui/test_pinned.py"
STORE: Final = "unit/profiles/test_store.py"
STORES: Final = "unit/profiles/test_store_windows.py"
TWO: Final = "faults/test_two_programs.py"

FAULTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "1 refused, unknown host, bad host name": {
        FIRST: (
            "a_closed_port_says_that_nothing_listens_and_is_dialed_again",
            "an_unknown_host_is_named_and_dialed_slowly",
            "a_bad_host_name_is_not_dialed_again",
            "cancel_works_while_the_name_is_looked_up",
        ),
        WINDOW: (
            "a_closed_port_is_named_with_a_countdown",
            "an_unknown_host_is_named",
            "looking_up_a_name_can_be_cancelled",
        ),
    },
    "2 accepts TCP and never answers CONNECT": {
        FIRST: ("a_server_that_never_answers_connect_is_named",),
        WINDOW: ("a_server_that_does_not_answer_is_named",),
    },
    "3 no MQTT": {
        FIRST: (
            "a_web_server_is_recognised",
            "another_server_is_named_with_its_first_bytes_escaped",
            "a_tls_alert_says_that_the_port_speaks_tls",
        ),
        WINDOW: (
            "a_web_server_is_told_from_a_broker",
            "a_tls_port_spoken_to_in_plain_is_named",
        ),
    },
    "4 wrong user or password": {
        SESSION: ("a_refused_login_can_be_tried_again_by_hand",),
        WINDOW: ("a_wrong_password_is_tried_once_and_said_so",),
        "integration/connection/test_sessions.py": (
            "a_password_changed_behind_our_back_is_tried_once_and_then_no_more",
        ),
        "integration/gui/test_logging_in.py": (
            "a_refused_password_is_asked_for_again_with_the_fields_as_they_were",
        ),
    },
    "5 banned, identifier refused, version, too many": {
        SESSION: ("each_refusal_is_named_and_rightly_followed",),
        TOLD: ("a_new_client_identifier_is_offered_where_it_would_help",),
    },
    "6 session taken over": {
        SESSION: ("each_disconnect_of_the_server_is_named_and_rightly_followed",),
        WINDOW: ("a_taken_over_session_stops_and_says_so",),
        OFFERS: ("a_session_that_was_taken_over_gets_another_identifier_by_a_click",),
    },
    "7 another server": {
        TOLD: ("another_server_is_offered_and_never_gone_to",),
        OFFERS: ("another_server_is_gone_to_only_after_a_question_and_without_the_password",),
    },
    "8 certificates": {
        TLS: (
            "the_dates_of_a_certificate_are_said",
            "a_self_signed_certificate_is_said",
            "an_unknown_authority_is_said",
            "a_certificate_for_another_name_is_said",
        ),
        TRUST: (
            "a_certificate_that_is_not_valid_yet_says_what_this_clock_says",
            "another_certificate_than_the_pinned_one_gets_no_connect",
        ),
        PINNED: (
            "a_trusted_certificate_is_pinned_for_reconnects_and_the_next_start",
            "a_changed_certificate_is_refused_with_both_fingerprints",
        ),
    },
    "9 old TLS, client certificate, pass phrase": {
        TLS: (
            "tls_below_1_2_is_said",
            "a_missing_client_certificate_is_said",
            "an_encrypted_key_is_said_and_nobody_is_asked_on_the_terminal",
        ),
        TRUST: ("a_missing_and_a_wrong_pass_phrase_are_said",),
    },
    "10 slow, jitter, pieces of one byte": {
        SESSION: ("packets_in_one_byte_pieces_arrive",),
        NETWORK: (
            "two_seconds_of_latency_with_jitter_work_and_show",
            "chunks_of_one_byte_lose_nothing_on_any_transport",
        ),
    },
    "11 half-open": {
        SESSION: ("a_half_open_connection_is_given_up_after_twice_the_keep_alive",),
        NETWORK: ("a_pulled_cable_is_noticed_by_twice_the_keep_alive_and_told_once",),
    },
    "12 reset, end, cut inside a packet": {
        SESSION: (
            "a_cut_in_the_middle_of_a_packet_says_how_far_it_came",
            "a_reset_is_said",
        ),
        NETWORK: ("a_cut_inside_a_publish_says_how_far_it_came",),
    },
    "22 broker restarts": {
        "integration/connection/test_sessions.py": (
            "a_kill_and_restart_is_reconnected_and_subscribed_with_the_gap_noted",
            "a_kept_session_delivers_what_came_meanwhile",
        ),
    },
    "25 clock jumps, sleep": {
        NETWORK: (
            "after_sleep_the_gap_is_noted_and_the_broker_asked_at_once",
            "a_connection_that_died_in_sleep_is_noticed_at_once_and_made_anew",
        ),
    },
    "28 disk full or killed while saving profiles": {
        STORE: ("a_full_disk_leaves_the_old_profile_whole",),
        STORES: ("a_process_killed_while_it_saves_leaves_a_whole_profile_and_no_lock",),
        TWO: ("a_disk_that_fills_up_at_any_byte_loses_no_profile",),
    },
    "29 broken, newer and hostile files": {
        STORE: (
            "a_broken_file_is_set_aside_and_hides_no_other",
            "a_file_of_a_newer_version_stays_where_it_is",
            "what_a_later_version_has_added_is_kept",
            "behind_a_broken_profile_stands_what_it_held_before",
        ),
        TWO: ("hostile_files_hide_no_profile_and_are_said",),
        "gui/dialogs/test_import_profiles.py": (
            "a_hostile_or_damaged_file_is_told_with_its_place",
        ),
    },
    "30 two programs at once": {
        STORES: ("two_processes_at_once_lose_nothing",),
        TWO: (
            "two_programs_connected_by_one_profile_do_not_fight",
            "two_programs_that_edit_one_profile_keep_both_versions",
        ),
    },
}


@functools.cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return frozenset(
        node.name.removeprefix("test_that_")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_that_each_fault_of_connecting_has_its_tests(fault: str) -> None:
    for file, names in FAULTS[fault].items():
        assert set(names) <= names_in(file), file
