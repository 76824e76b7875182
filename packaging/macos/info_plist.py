"""Write what macOS asks of an application: its names and versions, the documents and the addresses that it opens.

python packaging/macos/info_plist.py OUT.plist
"""

from __future__ import annotations

import plistlib
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import facts

OLDEST_SYSTEM: Final = "13.0"
"""What the newest Qt 6 supports."""

PCAPNG: Final = "org.wireshark.pcapng"
PCAP: Final = "org.wireshark.pcap"


def info_plist(version: str) -> dict[str, Any]:
    """Return the property list. Topicscope is an alternate for captures: whoever opens them now goes on to do so."""
    short = ".".join(map(str, facts.four_numbers(version)[:3]))
    return {
        "CFBundleIdentifier": facts.APP_ID,
        "CFBundleName": facts.NAME,
        "CFBundleDisplayName": facts.NAME,
        "CFBundleShortVersionString": short,
        "CFBundleVersion": short,
        "CFBundleGetInfoString": f"{facts.NAME} {version}: {facts.SUMMARY}",
        "LSApplicationCategoryType": "public.app-category.developer-tools",
        "LSMinimumSystemVersion": OLDEST_SYSTEM,
        "NSHumanReadableCopyright": facts.COPYRIGHT,
        "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False,
        "NSLocalNetworkUsageDescription": f"{facts.NAME} connects to the MQTT brokers that you name.",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": "Packet capture",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": [PCAPNG, PCAP],
            }
        ],
        "UTImportedTypeDeclarations": [
            _imported(PCAPNG, "Packet capture (pcapng)", ["pcapng"], "application/x-pcapng"),
            _imported(
                PCAP, "Packet capture (pcap)", ["pcap", "cap"], "application/vnd.tcpdump.pcap"
            ),
        ],
        "CFBundleURLTypes": [
            {
                "CFBundleURLName": f"{facts.APP_ID}.address",
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "CFBundleURLSchemes": list(facts.URL_SCHEMES),
            }
        ],
    }


def _imported(identifier: str, words: str, suffixes: list[str], mime: str) -> dict[str, Any]:
    tags = {"public.filename-extension": suffixes, "public.mime-type": [mime]}
    return {
        "UTTypeIdentifier": identifier,
        "UTTypeDescription": words,
        "UTTypeConformsTo": ["public.data"],
        "UTTypeTagSpecification": tags,
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(plistlib.dumps(info_plist(facts.version())))
