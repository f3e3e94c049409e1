"""Random exchanges that fit together, and a small firm to begin with."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from hypothesis import strategies as st

from sipagent.exchange.entry import Entry
from sipagent.exchange.model import (
    KINDS,
    Announcement,
    Authorised,
    Box,
    Exchange,
    Group,
    LineNumber,
    Outside,
    Phone,
    Schedule,
    Tariff,
    User,
    in_order,
)
from sipagent.exchange.queues.model import Queue, Strategy
from sipagent.exchange.rooms.model import Room

Made = TypeVar("Made", bound=Entry)

#: What people type, and what a file has to bear: quotes, backslashes, letters of any alphabet.
NAMES = st.text(
    st.characters(blacklist_categories=["C", "Z"]) | st.sampled_from(' "\\=[]#.żŁ'),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip() != "")
TEXTS = NAMES | st.just("")
NATIONAL = st.sampled_from(
    ["+48221000200", "+48221000201", "+48600100101", "+48600100102", "+4930123456"]
)
LIMITS = st.none() | st.integers(0, 1000)
RECORDED = st.sampled_from(["no", "announced", "unannounced"])
PINS = st.sampled_from(["", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"])
MANY = 4


def firm() -> Exchange:
    """Two people, one with a phone, a group of them, and their number."""
    return Exchange(
        users=(
            User(name="Anna Nowak", number="101", email="anna@firma.example"),
            User(name="Jan Kowal", number="102", mobile="+48600100101"),
        ),
        phones=(
            Phone(
                account="101-1", user="Anna Nowak", realm="sipagent", md5="0" * 32, sha256="1" * 64
            ),
        ),
        groups=(Group(name="Biuro", number="200", members=("user:Anna Nowak", "user:Jan Kowal")),),
        numbers=(LineNumber(number="+48221000200", leads_to="group:Biuro"),),
    )


def without_secrets(exchange: Exchange) -> Exchange:
    """An exchange as who may not know its passwords and PINs sees it."""
    told = {kind: [one.told() for one in exchange.entries(kind)] for kind in KINDS}
    return Exchange.model_validate(told)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """An exchange of a few entries of each kind, in which everything fits."""
    codes_of_nights = iter(draw(st.permutations(["", "1", "22", "303"])))
    extensions = iter(draw(st.lists(_extension(), unique=True, min_size=4 * MANY)))
    codes = iter(draw(st.permutations([f"*0{code}" for code in range(10, 10 + MANY)])))
    users = draw(_entries(lambda name: _user(name, next(extensions))))
    outside = draw(_entries(lambda name: _outside(name, draw(st.just("") | st.just(next(codes))))))
    announcements = draw(_entries(_announcement))
    schedules = draw(_entries(lambda name: _schedule(name, next(codes_of_nights))))
    rings = [f"user:{one.name}" for one in users] + [f"outside:{one.name}" for one in outside]
    groups = draw(_entries(lambda name: _group(name, next(extensions), rings))) if rings else ()
    owners = [f"user:{one.name}" for one in users] + [f"group:{one.name}" for one in groups]
    named = [one.name for one in announcements]
    boxes = (
        draw(_entries(lambda name: _box(name, next(extensions), owners, named))) if owners else ()
    )
    leads_on = [*rings, *owners, *(f"box:{one.name}" for one in boxes)]
    queues = draw(_entries(lambda name: _queue(name, next(extensions), rings, leads_on, named)))
    numbers_of_rooms = iter(["*10", "*345", "*4567", "*99"])
    rooms = draw(_entries(lambda name: _room(name, next(numbers_of_rooms), named)))
    leads = [*leads_on, *(f"queue:{one.name}" for one in queues), "scenario:infolinia"]
    leads += [f"room:{one.name}" for one in rooms]
    numbers = ["+48221000290", "+48221000291", "biuro"]
    return Exchange(
        users=users,
        phones=_phones(draw, [one.name for one in users]),
        outside=outside,
        groups=groups,
        schedules=schedules,
        announcements=announcements,
        boxes=boxes,
        numbers=in_order(
            LineNumber(number=one, leads_to=draw(st.sampled_from(leads)), recorded=draw(RECORDED))
            for one in draw(st.lists(st.sampled_from(numbers), unique=True))
        ),
        tariffs=in_order(
            draw(_tariff(prefix))
            for prefix in draw(st.lists(st.sampled_from(["+48", "+4860", "+49"]), unique=True))
        ),
        queues=queues,
        rooms=rooms,
        authorised=_authorised(draw, [one.name for one in users], [one.name for one in schedules]),
    )


def _room(name: str, number: str, named: Sequence[str]) -> st.SearchStrategy[Room]:
    return st.builds(
        Room,
        name=st.just(name),
        number=st.just(number),
        greeting=st.sampled_from(["", *named]),
        people=st.integers(2, 200),
        tones=st.booleans(),
        names=st.booleans(),
        count=st.booleans(),
        wait=st.booleans(),
        record=st.booleans(),
        pin=st.sampled_from(["", "a hash"]),
        moderator_pin=st.sampled_from(["", "another hash"]),
    )


def _extension() -> st.SearchStrategy[str]:
    return st.from_regex(r"[1-8][0-9]{2,4}", fullmatch=True).filter(lambda one: one != "112")


@st.composite
def _entries(draw: st.DrawFn, make: Callable[[str], st.SearchStrategy[Made]]) -> tuple[Made, ...]:
    """A few entries with names of their own, in their order."""
    names = draw(st.lists(NAMES, max_size=MANY, unique_by=_folded))
    return in_order(draw(make(name)) for name in names)


def _folded(name: str) -> str:
    return User(name=name, number="10").name.casefold()


def _phones(draw: st.DrawFn, users: Sequence[str]) -> tuple[Phone, ...]:
    if not users:
        return ()
    found = []
    for account in draw(st.lists(st.sampled_from(["101-1", "anna", "b.c"]), unique=True)):
        hashes: dict[str, str] = {}
        if draw(st.booleans()):
            digit = draw(st.sampled_from("09af"))
            hashes = {"realm": "sipagent", "md5": digit * 32, "sha256": digit * 64}
        user, label = draw(st.sampled_from(users)), draw(TEXTS)
        found.append(Phone(account=account, user=user, label=label, **hashes))
    return in_order(found)


def _authorised(
    draw: st.DrawFn, users: Sequence[str], schedules: Sequence[str]
) -> tuple[Authorised, ...]:
    if not users:
        return ()
    numbers = draw(st.lists(st.sampled_from(["+48600100101", "+4930123456"]), unique=True))
    return in_order(
        draw(
            _made(
                Authorised,
                number=st.just(number),
                user=st.sampled_from(users),
                shown=st.just("") | NATIONAL,
                schedule=st.sampled_from(["", *schedules]),
                pin=PINS,
            )
        )
        for number in numbers
    )


def _user(name: str, number: str) -> st.SearchStrategy[User]:
    return _made(
        User,
        name=st.just(name),
        number=st.just(number),
        email=st.sampled_from(["", "anna@firma.example"]),
        mobile=st.just("") | NATIONAL,
        role=st.sampled_from(["user", "administrator"]),
        rights=st.lists(st.sampled_from(["internal", "premium", "+49", "mobile"]), unique=True),
        shown=st.just("") | NATIONAL,
        language=st.sampled_from(["pl", "en"]),
        daily_minutes=LIMITS,
        daily_international=LIMITS,
        daily_amount=LIMITS,
        calls_at_once=LIMITS,
        recorded=RECORDED,
    )


def _tariff(prefix: str) -> st.SearchStrategy[Tariff]:
    return _made(
        Tariff,
        prefix=st.just(prefix),
        name=NAMES,
        per_minute=st.integers(0, 500),
        connection=st.integers(0, 50),
        increment=st.sampled_from([1, 60]),
        vat=st.sampled_from([0, 23]),
    )


def _outside(name: str, code: str) -> st.SearchStrategy[Outside]:
    return _made(
        Outside,
        name=st.just(name),
        number=NATIONAL,
        keys=st.sampled_from(["", "12,3#", "*A"]),
        code=st.just(code),
        shows=st.sampled_from(["active", "passive"]),
        may_transfer=st.booleans(),
        text=TEXTS,
        confirm=st.sampled_from([None, True, False]),
        text_number=st.booleans(),
    )


def _group(name: str, number: str, rings: Sequence[str]) -> st.SearchStrategy[Group]:
    return _made(
        Group,
        name=st.just(name),
        number=st.just(number),
        order=st.sampled_from(["in-turn", "random", "at-once"]),
        seconds=st.integers(5, 180),
        members=st.lists(st.sampled_from(rings), min_size=1, unique=True),
    )


def _schedule(name: str, code: str) -> st.SearchStrategy[Schedule]:
    days = st.lists(
        st.sampled_from(
            [
                {"first": "2026-12-24", "hours": "closed"},
                {"first": "2026-12-28", "last": "2026-12-31", "hours": "09:00-12:00,13:00-14:00"},
                {"first": "2027-01-02", "hours": "open"},
            ]
        ),
        unique_by=lambda one: one["first"],
    )
    hours = st.sampled_from(["", "mon-fri 08:00-16:00", "sat-mon 22:00-06:00; holidays open"])
    return _made(Schedule, name=st.just(name), hours=hours, code=st.just(code), days=days)


def _announcement(name: str) -> st.SearchStrategy[Announcement]:
    spoken = st.dictionaries(st.sampled_from(["pl", "en"]), NAMES, min_size=1)
    return _made(Announcement, name=st.just(name), text=spoken) | _made(
        Announcement, name=st.just(name), recording=st.just("Dzień dobry.mp3")
    )


def _box(
    name: str, number: str, owners: Sequence[str], announcements: Sequence[str]
) -> st.SearchStrategy[Box]:
    greetings: st.SearchStrategy[dict[str, str]] = st.just({})
    if announcements:
        states = st.sampled_from(["always", "closed", "busy", "absent"])
        greetings = st.dictionaries(states, st.sampled_from(announcements))
    return _made(
        Box,
        name=st.just(name),
        number=st.sampled_from(["", number]),
        owner=st.sampled_from(owners),
        email=st.sampled_from(["", "biuro@firma.example"]),
        messages=st.integers(1, 10_000),
        seconds=st.integers(10, 3600),
        tickets=st.booleans(),
        greetings=greetings,
        pin=PINS,
    )


def _queue(
    name: str,
    number: str,
    rings: Sequence[str],
    leads: Sequence[str],
    announcements: Sequence[str],
) -> st.SearchStrategy[Queue]:
    members: st.SearchStrategy[list[Any]] = st.just([])
    if rings:
        member = st.fixed_dictionaries(
            {
                "who": st.sampled_from(rings),
                "tier": st.integers(1, 9),
                "skills": st.lists(NAMES, max_size=2),
            }
        )
        members = st.lists(member, unique_by=lambda one: one["who"])
    on: st.SearchStrategy[dict[str, str]] = st.just({})
    if leads:
        on = st.dictionaries(st.sampled_from(["too-long", "nobody"]), st.sampled_from(leads))
    played = st.sampled_from(["", *announcements])
    between: st.SearchStrategy[list[str]] = st.just([])
    if announcements:
        between = st.lists(st.sampled_from(announcements), max_size=3)
    return _made(
        Queue,
        name=st.just(name),
        number=st.just(number),
        strategy=st.sampled_from(Strategy),
        members=members,
        leads=on,
        greeting=played,
        music=played,
        between=between,
        tells=st.sampled_from([(), ("place",), ("time", "waiting")]),
        wrap_up=st.integers(0, 100),
        email=st.sampled_from(["", "biuro@firma.example"]),
        leave_key=st.sampled_from(["", "1"]),
    )


def _made(model: type[Made], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Made]:
    return st.fixed_dictionaries(fields).map(partial(_checked, model))


def _checked(model: type[Made], fields: dict[str, Any]) -> Made:
    return model.model_validate(fields)
