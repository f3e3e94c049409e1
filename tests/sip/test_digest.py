"""What the answer to a challenge is worth: RFC 7616."""

import re
from collections.abc import Mapping

import pytest

from sipagent.sip.digest import LIFE, Digests, Proof, response
from sipagent.telephony.accounts import Account

pytestmark = pytest.mark.unit

ANNA = Account.of("101-1", "tajne", realm="sipagent", extension="101")


class Clock:
    """Seconds that a test lets pass."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def digests(clock: Clock) -> Digests:
    return Digests("sipagent", clock=clock)


def answered(digests: Digests, count: int = 1, nonce: str = "", **changed: str) -> dict[str, str]:
    """Return credentials for a challenge, right ones unless something is changed."""
    found = re.search(r'nonce="(\w+)"', digests.challenges()[0])
    assert found
    given = {
        "username": "101-1",
        "realm": "sipagent",
        "nonce": nonce or found[1],
        "uri": "sip:sipagent",
        "algorithm": "SHA-256",
        "qop": "auth",
        "nc": f"{count:08x}",
        "cnonce": "0a4f113b",
    } | changed
    kind = "md5" if given["algorithm"] == "MD5" else "sha256"
    return {"response": response(ANNA, kind, "REGISTER", given)} | given


def test_the_example_of_the_rfc_has_its_response() -> None:
    """RFC 7616, section 3.9.1."""
    mufasa = Account.of("Mufasa", "Circle of Life", realm="http-auth@example.org", extension="1")
    given = {
        "uri": "/dir/index.html",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "qop": "auth",
    }
    assert response(mufasa, "md5", "GET", given) == "8ca523f5e9506fed4657c9700eebdbec"
    wanted = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
    assert response(mufasa, "sha256", "GET", given) == wanted


def test_both_hashes_are_asked_for_the_better_one_first(digests: Digests) -> None:
    challenges = digests.challenges()
    assert ["algorithm=SHA-256" in challenges[0], "algorithm=MD5" in challenges[1]] == [True] * 2
    assert all('qop="auth"' in one and "stale" not in one for one in challenges)


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5", "sha-256", "md5"])
def test_the_right_password_is_right_with_either(digests: Digests, algorithm: str) -> None:
    given = answered(digests, algorithm=algorithm.upper()) | {"algorithm": algorithm}
    assert digests.judge(given, "REGISTER", ANNA) is Proof.RIGHT


@pytest.mark.parametrize(
    "changed",
    [{"response": "0" * 64}, {"response": "ż"}, {"uri": "sip:other"}, {"cnonce": "other"}],
)
def test_whatever_was_changed_is_wrong(digests: Digests, changed: dict[str, str]) -> None:
    assert digests.judge(answered(digests) | changed, "REGISTER", ANNA) is Proof.WRONG


def test_it_holds_for_its_method_only(digests: Digests) -> None:
    assert digests.judge(answered(digests), "INVITE", ANNA) is Proof.WRONG


def test_nobody_is_wrong_as_somebody_with_another_password(
    digests: Digests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown user and wrong password look alike, and cost the same work."""
    worked: list[str] = []

    def counted(account: Account, kind: str, method: str, given: Mapping[str, str]) -> str:
        worked.append(kind)
        return response(account, kind, method, given)

    monkeypatch.setattr("sipagent.sip.digest.response", counted)
    given = answered(digests)
    assert digests.judge(given, "REGISTER", None) is Proof.WRONG
    assert digests.judge(given | {"response": "0" * 64}, "REGISTER", ANNA) is Proof.WRONG
    assert worked == [worked[0]] * 2


@pytest.mark.parametrize("name", ["username", "nonce", "uri", "response", "cnonce", "nc", "qop"])
def test_what_is_missing_is_malformed(digests: Digests, name: str) -> None:
    """qop without nc or cnonce is refused."""
    given = answered(digests)
    del given[name]
    assert digests.judge(given, "REGISTER", ANNA) is Proof.MALFORMED


@pytest.mark.parametrize(
    "changed",
    [{"qop": "auth-int"}, {"nc": "1"}, {"nc": "0000000g"}, {"algorithm": "MD5-sess"}],
)
def test_what_was_not_offered_is_malformed(digests: Digests, changed: dict[str, str]) -> None:
    assert digests.judge(answered(digests) | changed, "REGISTER", ANNA) is Proof.MALFORMED


def test_a_hash_that_is_not_asked_for_does_not_count(clock: Clock) -> None:
    strict = Digests("sipagent", ("SHA-256",), clock)
    assert strict.judge(answered(strict, algorithm="MD5"), "REGISTER", ANNA) is Proof.MALFORMED


def test_a_nonce_is_counted_and_never_taken_twice(digests: Digests) -> None:
    """A repeated nc is refused."""
    first = answered(digests)
    nonce = first["nonce"]
    assert digests.judge(first, "REGISTER", ANNA) is Proof.RIGHT
    assert digests.judge(first, "REGISTER", ANNA) is Proof.REPLAYED
    assert digests.judge(answered(digests, 7, nonce), "REGISTER", ANNA) is Proof.RIGHT
    assert digests.judge(answered(digests, 7, nonce), "REGISTER", ANNA) is Proof.REPLAYED
    assert digests.judge(answered(digests, 3, nonce), "REGISTER", ANNA) is Proof.REPLAYED


def test_a_nonce_grows_old_also_one_that_was_used(digests: Digests, clock: Clock) -> None:
    first = answered(digests)
    assert digests.judge(first, "REGISTER", ANNA) is Proof.RIGHT
    clock.now += LIFE + 1
    late = answered(digests, 2, first["nonce"])
    assert digests.judge(late, "REGISTER", ANNA) is Proof.STALE


@pytest.mark.parametrize("nonce", ["x", "0" * 56, "00000001" + "a" * 48, "z" * 56])
def test_a_nonce_of_somebody_else_is_stale_with_the_right_password(
    digests: Digests, nonce: str
) -> None:
    assert digests.judge(answered(digests, 1, nonce), "REGISTER", ANNA) is Proof.STALE


def test_a_stale_nonce_says_so(digests: Digests) -> None:
    assert all(one.endswith("stale=true") for one in digests.challenges(stale=True))


def test_old_nonces_are_forgotten(digests: Digests, clock: Clock) -> None:
    for _ in range(5):
        digests.judge(answered(digests), "REGISTER", ANNA)
        clock.now += LIFE
    assert len(digests._counts) <= 2
