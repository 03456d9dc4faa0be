"""The places of columns of words and numbers: as columns of `interactions`, kept, or left out."""

from __future__ import annotations

import re

from forestall.data.schemas import column_types
from forestall.importing.suggest.column_profile import ColumnProfile, share_of
from forestall.importing.suggest.draft import Draft, Entry
from forestall.importing.suggest.name_words import find_role, find_roles, has_role, plain_words
from forestall.importing.suggest.scene import Scene
from forestall.importing.suggest.time_evidence import is_clock_column

_NUMBERS = {"price", "customer_value"}
_ROLES = (
    "customer_id", "channel", "venue", "locale", "product_category", "product", "price", "customer_value", "staff",
)  # fmt: skip
_OF_CUSTOMERS = ("customer_id", "locale", "customer_value")
"""What a list of customers can say of their interactions; its channel is that of their first order, for example."""
_KEY_WORDS = {"id", "ids", "no", "nr", "number", "unique", "key", "ref", "hash", "sys", "u"}
_AMOUNTS = {
    "age",
    "tenure",
    "since",
    "value",
    "income",
    "score",
    "segment",
    "visits",
    "orders",
    "spend",
    "balance",
}
_UNNAMED = re.compile(r"(?:.*\.)?column \d+")
_MANY_GROUPS = 500
_MOST_PARTNERS = 0.9
_CODE_WORDS = {*_KEY_WORDS, "by", "code", "group", "type", "version"}


def decide_categories(scene: Scene, draft: Draft) -> None:
    """Place columns of words and numbers: as columns of `interactions`, kept, or left out."""
    for role in _ROLES:
        candidates = [
            (words, -place, name)
            for place, (name, profile) in enumerate(scene.profiles.items())
            if draft.is_open(name)
            and name not in scene.changing
            and (role in _OF_CUSTOMERS or not of_customers(scene, name))
            and not (role == "channel" and _is_of_route(scene, name))
            and not _is_of_few(scene, name)
            and (words := _role_words(name, role, profile)) > 0
        ]
        if candidates:
            name = max(candidates)[2]
            draft.interactions[role] = Entry(name)
            draft.place("interactions", name)
    for name, profile in scene.profiles.items():
        if draft.is_open(name):
            _keep_or_leave(scene, draft, name, profile)


def _is_of_route(scene: Scene, name: str) -> bool:
    """Return whether an origin is that of goods or of a journey: another column has the destination."""
    words = {word for one in scene.profiles for word in plain_words(one)}
    return "origin" in plain_words(name) and bool(words & {"destination", "dest"})


def _role_words(name: str, role: str, profile: ColumnProfile) -> int:
    """Return how many words of a name speak of a role; 0 if the values cannot be of it."""
    found = find_roles("categories", name)
    if not found or found[0][0] != role or profile.is_nested or not profile.n_filled:
        return 0
    return found[0][1] if _fits_role(name, role, found[0][1], profile) else 0


def _fits_role(name: str, role: str, n_words: int, profile: ColumnProfile) -> bool:
    """Return whether the values can be of a role, and the name says nothing else, such as the product's weight."""
    is_number = profile.numbers is not None
    if role in _NUMBERS:
        return is_number and not profile.is_flag and profile.n_distinct > 1
    words = plain_words(name.rsplit(".", 1)[-1])
    says_more = len(words) > n_words + bool(set(words) & _KEY_WORDS)
    if says_more and role in ("product", "customer_id", "staff"):
        return False
    if role == "customer_id" and _are_kinds(profile, words):
        return False
    if role == "customer_id":
        return profile.words_per_cell < 3 and profile.n_distinct > 1 and not profile.is_flag
    if is_number and (len(words) > n_words or role == "staff") and not set(words) & _KEY_WORDS:
        return False  # such as a distance to a venue
    is_name = not profile.is_flag and not profile.is_free_text and (not is_number or profile.is_whole)
    most = 0.5 if profile.n_distinct <= _MANY_GROUPS else 0.2  # such as where customers say that they are
    return is_name and profile.n_distinct <= max(most * profile.n_filled, 20)


def _are_kinds(profile: ColumnProfile, words: tuple[str, ...]) -> bool:
    """Return whether words such as `Citizen` and `Court` say of which kind customers are: few, each of many rows."""
    is_key = profile.numbers is not None or bool(set(words) & _KEY_WORDS)
    return not is_key and profile.n_distinct <= 20 and profile.n_filled >= 100 * profile.n_distinct


def _keep_or_leave(scene: Scene, draft: Draft, name: str, profile: ColumnProfile) -> None:
    if reason := _reason_to_leave(scene, name, profile):
        draft.leave_out(name, reason)
        return
    if (
        find_role("categories", name) == "staff"
        and "staff" in draft.interactions
        and not scene.table_of(name)
    ):
        draft.know_from_service(name, "says who serves, known when they begin to")
        return
    if name in column_types("interactions"):
        if name in draft.interactions:
            draft.leave_out(
                name, f"its name is that of a column of `interactions`, which '{_origin(draft, name)}' fills"
            )
            return
        draft.leave_out(name, "its name is that of a column of `interactions`, and its values do not fit")
        return
    if _UNNAMED.fullmatch(name):
        draft.never_import(name, "it has no name, and nothing says when it is known")
        return
    if scene.table_of(name) and _decide_further(scene, draft, name, profile):
        return
    many = next(
        (j for j in scene.joins if name.startswith(f"{j.table.name}.") and j.rows_per_key > 1.02), None
    )
    draft.keep_column(name, "of several rows the first counts" if many and not many.newest_by else "")
    if is_amount(profile):
        draft.numeric.add(name)


def _decide_further(scene: Scene, draft: Draft, name: str, profile: ColumnProfile) -> bool:
    """Place a column of a further file whose values may be newer than the interaction; return whether it was one."""
    if customers := of_customers(scene, name):
        _place_of_customer(scene, draft, customers, name)
        return True
    table = scene.table_of(name)
    kind = _later_event(draft, table)
    if kind and profile.numbers is None:
        draft.know_from_closing(name, f"of '{table}', which is known from this event on", kind)
    elif _is_of_few(scene, name):
        draft.never_import(name, f"of '{table}', in which few interactions are: what they came to")
    elif kind:
        question = f"is it known at the start? '{table}' has times after it"
        draft.never_import(name, f"of '{table}'", question)
    else:
        return False
    return True


def _is_of_few(scene: Scene, name: str) -> bool:
    """Return whether a column is from a file that points to some interactions only, such as their complaints."""
    join = next((j for j in scene.joins if name.startswith(f"{j.table.name}.")), None)
    if join is None or join.log or join.to != scene.key.column or not join.table.times:
        return False
    own = [p for column, p in scene.profiles.items() if column.startswith(f"{join.table.name}.")]
    return max(p.n_filled for p in own) < _MOST_PARTNERS * scene.n_rows


def _place_of_customer(scene: Scene, draft: Draft, table: str, name: str) -> None:
    """Place a column of a list of customers, which says what is so on the day of the export."""
    profile = scene.profiles[name]
    if _is_of_one_customer(scene, table, name):
        draft.leave_out(name, "a further name or key of the customer")
    elif profile.numbers is not None or profile.is_flag:
        reason = f"of the customer on the day of the export ('{table}' has no older values)"
        draft.never_import(name, reason)
    else:
        draft.keep_column(name, "of the customer on the day of the export: does it change?")


def _later_event(draft: Draft, table: str) -> str | None:
    """Return the kind of the last event that a further file has the time of; None, as for the file of the starts."""
    start = draft.interactions.get("started_at")
    if not table or (start and f"'{table}." in repr(start.value)):
        return None
    for entry in reversed(draft.events):  # which of several steps wrote a column is unknown: the last has it
        kind = entry.value["kind"]
        if isinstance(kind, str) and f"'{table}." in repr(entry.value["at"]):
            return kind
    return None


def of_customers(scene: Scene, name: str) -> str:
    """Return the name of the list of customers that a column is from, or nothing."""
    join = next((j for j in scene.joins if name.startswith(f"{j.table.name}.")), None)
    is_list = join is not None and join.log is None and find_role("categories", join.to) == "customer_id"
    return join.table.name if join and is_list else ""


def _is_of_one_customer(scene: Scene, table: str, name: str) -> bool:
    """Return whether most customers of a list have a word of their own in a column, such as a name."""
    own = next(j.table.profiles for j in scene.joins if j.table.name == table)[name.removeprefix(f"{table}.")]
    return own.numbers is None and own.n_distinct > max(0.5 * own.n_filled, 20)


def is_amount(profile: ColumnProfile) -> bool:
    """Return whether a column is a number to count with, not a code or a key."""
    is_code = profile.is_whole and set(plain_words(profile.name)) & _CODE_WORDS
    return profile.numbers is not None and not profile.is_flag and not is_code


def _origin(draft: Draft, name: str) -> str:
    value = draft.interactions[name].value
    return str(value["column"] if isinstance(value, dict) and "column" in value else value)


def _reason_to_leave(scene: Scene, name: str, profile: ColumnProfile) -> str:
    """Return why a column cannot be used, or nothing."""
    role, is_many = find_role("categories", name), profile.n_distinct > min(20, 0.5 * profile.n_filled)
    words = set(plain_words(name))
    says_amount = bool(words & _AMOUNTS)
    is_key = role == "customer_id" and (
        profile.numbers is None or bool(words & _KEY_WORDS) or len(words) == 1
    )
    reasons = {
        "a list or a nested value": profile.is_nested,
        "empty": not profile.n_filled,
        "the same in all rows": profile.n_distinct == 1
        and not (profile.is_flag and profile.n_filled < len(profile.text)),
        "changes from event to event": name in scene.changing,
        "names, addresses or words about one customer": (role == "topic" and is_many)
        or (role == "personal" and profile.n_distinct > 2),
        "a further name or key of the customer": is_key and is_many and not says_amount,
        "numbers the rows": has_role("holds", "clean", name) and (profile.is_whole or profile.is_unique),
        "a time of day without a date": is_clock_column(profile),
    }
    return next((reason for reason, holds in reasons.items() if holds), identifier(name, profile))


def identifier(name: str, profile: ColumnProfile) -> str:
    """Return that a column is a key of something, or nothing."""
    is_id = bool(set(plain_words(name)) & {"id", "nr", "number", "uuid", "key", "no", "nummer"})
    is_many = profile.n_distinct > max(0.5 * profile.n_filled, 50) and not profile.is_free_text
    is_key = is_many and (profile.numbers is None or is_id or (profile.is_whole and profile.is_unique))
    if is_id and share_of(profile.text.str.contains(r"[eE]\+\d")) > 0.5:
        return "its digits were lost: a spreadsheet wrote them as 5.7E+17"
    return "an identifier, different in most rows" if is_key else ""
