"""The stored profiles as a tree: profiles of a folder in their order, then the folders in it by name.

A change of the profiles becomes the rows that came, went or moved, so that a view keeps what is open and chosen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
from PySide6.QtCore import (
    QAbstractItemModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from topicscope.gui.icons import icon
from topicscope.gui.text import count_of, plain_tooltip
from topicscope.payload.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from topicscope.profiles.profile import Profile

Index = QModelIndex | QPersistentModelIndex

MIME_TYPE: Final = "application/x-topicscope-profiles"
PROFILE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
KEY_ROLE: Final = PROFILE_ROLE + 1
SEARCH_ROLE: Final = PROFILE_ROLE + 2
MARKS_ROLE: Final = PROFILE_ROLE + 3
"""Icon and role of each mark at the right end of a row."""
EDITED_ROLE: Final = PROFILE_ROLE + 4
"""Whether the profile was changed and is not saved."""

_ROOT = QModelIndex()
_KINDS: Final = {"public": "Public broker", "production": "Production broker"}


@dataclass(eq=False, slots=True)
class _Node:
    key: str
    """``profile …`` of a profile, ``folder …`` of a folder."""
    parent: _Node | None = None
    profile: Profile | None = None
    folder: str = ""
    children: list[_Node] = field(default_factory=list)

    @property
    def row(self) -> int:
        return self.parent.children.index(self) if self.parent else 0


def profile_key(profile: Profile) -> str:
    """Return what tells a profile from the others while its name may change."""
    return f"profile {profile.identifier or profile.name}"


class ProfileTreeModel(QAbstractItemModel):
    """Folders and profiles in one column; rows can be dragged, and folders renamed."""

    about_to_move = Signal()
    moved = Signal(object)
    """Profiles as they stand now whose folder or position has changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Node("")
        self._nodes: dict[str, _Node] = {}
        self._edited: frozenset[str] = frozenset()

    # Methods

    def profiles(self) -> list[Profile]:
        """Return all profiles in the order of the tree."""
        return [node.profile for node in _walk(self._root) if node.profile is not None]

    def folders(self) -> list[str]:
        """Return the paths of all folders."""
        return [node.folder for node in _walk(self._root) if node.profile is None]

    def set_profiles(self, profiles: Sequence[Profile]) -> None:
        """Show these profiles, in the order of folder and position."""
        wanted = _tree_of(sorted(profiles, key=_in_list))
        self._sync(self._root, wanted, _ROOT)
        self._nodes = {node.key: node for node in _walk(self._root)}

    def set_edited(self, keys: frozenset[str]) -> None:
        """Mark the profiles that were changed and are not saved."""
        changed, self._edited = keys ^ self._edited, keys
        for key in changed:
            index = self.index_of(key)
            if index.isValid():
                self.dataChanged.emit(index, index)

    def index_of(self, key: str) -> QModelIndex:
        """Return where a profile or folder is; an invalid index when it is not there."""
        node = self._nodes.get(key)
        return self.createIndex(node.row, 0, node) if node is not None else QModelIndex()

    def index_of_folder(self, folder: str) -> QModelIndex:
        """Return where a folder is; an invalid index when there is none."""
        return self.index_of(f"folder {folder}") if folder else QModelIndex()

    def profiles_below(self, index: Index) -> list[Profile]:
        """Return the profile of a row, or all that are in its folder."""
        node = self._node(index)
        if node.profile is not None:
            return [node.profile]
        return [one.profile for one in _walk(node) if one.profile is not None]

    def move(self, keys: Sequence[str], folder: str, row: int) -> bool:
        """Put profiles before a row of a folder (-1: behind its others), and tell; a folder moves whole."""
        nodes = [self._nodes[key] for key in keys if key in self._nodes]
        if any(
            node.profile is None and f"{folder}/".startswith(f"{node.folder}/") for node in nodes
        ):
            return False
        target = self._nodes.get(f"folder {folder}") if folder else self._root
        inside = [node for node in (target.children if target else []) if node.profile is not None]
        row = len(inside) if row < 0 else min(row, len(inside))
        leaves = [node for node in nodes if node.profile is not None]
        before = [node for node in inside[:row] if node not in leaves]
        after = [node for node in inside[row:] if node not in leaves]
        changes = _numbered([*before, *leaves, *after], folder)
        for node in nodes:
            if node.profile is None:
                changes |= _under(node, folder)
        return self._change(changes)

    def step(self, index: Index, by: int) -> bool:
        """Move a profile up or down within its folder, and tell."""
        node = self._node(index)
        if node.profile is None or node.parent is None:
            return False
        leaves = [one for one in node.parent.children if one.profile is not None]
        at = leaves.index(node) + by
        if not 0 <= at < len(leaves):
            return False
        return self.move([node.key], node.profile.folder, at + (1 if by > 0 else 0))

    # Qt overrides

    def index(self, row: int, column: int, parent: Index = _ROOT) -> QModelIndex:
        """Return the index of a row below a parent."""
        node = self._node(parent)
        if column or not 0 <= row < len(node.children) or parent.column() > 0:
            return QModelIndex()
        return self.createIndex(row, column, node.children[row])

    def parent(self, index: Index | None = None) -> object:  # type: ignore[override]
        """Return the index of the folder of a row; without an index, the object's parent."""
        if index is None:
            return super().parent()
        above = self._node(index).parent
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Return how many rows are in a folder."""
        return 0 if parent.column() > 0 else len(self._node(parent).children)

    def columnCount(self, _parent: Index = _ROOT) -> int:
        """Return one."""
        return 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a row shows and tells."""
        if not index.isValid():
            return None
        node = self._node(index)
        if role == KEY_ROLE:
            return node.key
        if role == PROFILE_ROLE:
            return node.profile
        if role == EDITED_ROLE:
            return node.key in self._edited
        if node.profile is None:
            return _folder_data(node, role)
        return _profile_data(node.profile, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a folder, and tell of all profiles in it."""
        node, name = self._node(index), str(value).strip().strip("/")
        if role != Qt.ItemDataRole.EditRole or node.profile is not None or not name:
            return False
        above = node.folder.rpartition("/")[0]
        new = f"{above}/{name}" if above else name
        if new == node.folder:
            return False
        return self._change(_renamed(node, new))

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let rows be dragged, and dropped between rows and on folders."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled
        if self._node(index).profile is None:
            return flags | Qt.ItemFlag.ItemIsDropEnabled | Qt.ItemFlag.ItemIsEditable
        return flags | Qt.ItemFlag.ItemNeverHasChildren

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802
        """Return that rows are moved."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:  # noqa: N802
        """Return the one type that is understood."""
        return [MIME_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:  # noqa: N802
        """Return what stands for rows while they are dragged: their keys."""
        data = QMimeData()
        keys = [self._node(index).key for index in indexes]
        data.setData(MIME_TYPE, msgspec.json.encode(keys))
        return data

    def dropMimeData(  # noqa: N802
        self, data: QMimeData, action: Qt.DropAction, row: int, _column: int, parent: Index
    ) -> bool:
        """Put the rows that were dragged to where they were dropped."""
        if action != Qt.DropAction.MoveAction or not data.hasFormat(MIME_TYPE):
            return False
        node = self._node(parent)
        try:
            keys = msgspec.json.decode(data.data(MIME_TYPE).data(), type=list[str])
        except msgspec.DecodeError:
            return False
        return node.profile is None and self.move(keys, node.folder, row)

    # Private

    def _node(self, index: Index) -> _Node:
        node = index.internalPointer() if index.isValid() else None
        return node if isinstance(node, _Node) else self._root

    def _change(self, changes: dict[str, Profile]) -> bool:
        if not changes:
            return False
        self.about_to_move.emit()
        self.set_profiles([changes.get(profile_key(one), one) for one in self.profiles()])
        self.moved.emit(list(changes.values()))
        return True

    def _sync(self, node: _Node, wanted: _Node, index: QModelIndex) -> None:
        """Make the children of a node those wanted, by what went, came and moved."""
        keys = {child.key for child in wanted.children}
        for row in reversed(range(len(node.children))):
            if node.children[row].key not in keys:
                self.beginRemoveRows(index, row, row)
                del node.children[row]
                self.endRemoveRows()
        for row, child in enumerate(wanted.children):
            self._put(node, child, row, index)
        for row, (have, want) in enumerate(zip(node.children, wanted.children, strict=True)):
            at = self.createIndex(row, 0, have)
            if have.profile != want.profile:
                have.profile = want.profile
                self.dataChanged.emit(at, at)
            self._sync(have, want, at)

    def _put(self, node: _Node, child: _Node, row: int, index: QModelIndex) -> None:
        found = next((at for at, one in enumerate(node.children) if one.key == child.key), -1)
        if found < 0:
            self.beginInsertRows(index, row, row)
            node.children.insert(row, _copied(child, node))
            self.endInsertRows()
        elif found != row:
            self.beginMoveRows(index, found, found, index, row)
            node.children.insert(row, node.children.pop(found))
            self.endMoveRows()


def _numbered(nodes: Sequence[_Node], folder: str) -> dict[str, Profile]:
    changes: dict[str, Profile] = {}
    for position, node in enumerate(nodes):
        profile = node.profile
        if profile is not None and (profile.folder, profile.position) != (folder, position):
            changes[node.key] = msgspec.structs.replace(profile, folder=folder, position=position)
    return changes


def _under(node: _Node, folder: str) -> dict[str, Profile]:
    name = node.folder.rpartition("/")[2]
    return _renamed(node, f"{folder}/{name}" if folder else name)


def _renamed(node: _Node, new: str) -> dict[str, Profile]:
    changes: dict[str, Profile] = {}
    for one in _walk(node):
        if one.profile is not None:
            inside = new + one.profile.folder[len(node.folder) :]
            changes[one.key] = msgspec.structs.replace(one.profile, folder=inside)
    return changes


def _copied(node: _Node, parent: _Node) -> _Node:
    made = _Node(node.key, parent, node.profile, node.folder)
    made.children = [_copied(child, made) for child in node.children]
    return made


def _walk(node: _Node) -> Iterator[_Node]:
    for child in node.children:
        yield child
        yield from _walk(child)


def _tree_of(profiles: Sequence[Profile]) -> _Node:
    root = _Node("")
    folders = {"": root}
    for profile in profiles:
        home = _folder_node(profile.folder, folders)
        home.children.append(_Node(profile_key(profile), home, profile))
    for node in folders.values():
        node.children.sort(key=_folders_last)
    return root


def _folder_node(folder: str, folders: dict[str, _Node]) -> _Node:
    if folder not in folders:
        above = _folder_node(folder.rpartition("/")[0], folders)
        folders[folder] = _Node(f"folder {folder}", above, folder=folder)
        above.children.append(folders[folder])
    return folders[folder]


def _folders_last(node: _Node) -> tuple[bool, str]:
    return (False, "") if node.profile is not None else (True, node.folder.casefold())


def _in_list(profile: Profile) -> tuple[int, str, str]:
    return profile.position, profile.name.casefold(), profile.name


def _folder_data(node: _Node, role: int) -> object:
    name = node.folder.rpartition("/")[2]
    if role == Qt.ItemDataRole.DisplayRole:
        return escape(name)
    if role in {Qt.ItemDataRole.EditRole, SEARCH_ROLE}:
        return name
    if role == Qt.ItemDataRole.DecorationRole:
        return icon("folder-open", "dim")
    if role == Qt.ItemDataRole.ToolTipRole:
        return plain_tooltip(count_of(sum(1 for one in _walk(node) if one.profile), "connection"))
    return None


def _profile_data(profile: Profile, role: int) -> object:
    if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
        return escape(profile.label)
    if role == Qt.ItemDataRole.DecorationRole:
        return icon("server", "dim")
    if role == SEARCH_ROLE:
        return " ".join((profile.name, profile.folder, profile.url, profile.username))
    if role == MARKS_ROLE:
        return _marks(profile)
    if role in {Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole}:
        lines = [profile.label, profile.url, *_mark_words(profile)]
        text = "\n".join(dict.fromkeys(lines))
        return plain_tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else text
    return None


def _marks(profile: Profile) -> list[tuple[str, str]]:
    marks = []
    if profile.tls and profile.insecure:
        marks.append(("triangle-alert", "error"))
    if profile.read_only:
        marks.append(("eye", "dim"))
    if profile.kind == "production":
        marks.append(("factory", "warning"))
    return marks


def _mark_words(profile: Profile) -> list[str]:
    words = []
    if profile.tls and profile.insecure:
        words.append("Not verified: anyone on the way can read and change everything")
    if profile.read_only:
        words.append("Read-only")
    if profile.kind in _KINDS:
        words.append(_KINDS[profile.kind])
    return words
