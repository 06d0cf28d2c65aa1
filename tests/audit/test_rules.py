import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from audit import rules

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def leaves(count: int) -> list[bytes]:
    return [rules.leaf_hash(bytes([number])) for number in range(count)]


def test_merkle_root_of_rfc_6962() -> None:
    """Test vectors of certificate transparency (google/certificate-transparency, merkletree tests)."""
    inputs = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    hashed = [rules.leaf_hash(bytes.fromhex(text)) for text in inputs]
    assert (
        rules.merkle_root(hashed).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    )
    assert (
        rules.merkle_root(hashed[:3]).hex()
        == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    )
    assert rules.merkle_root([]) == hashlib.sha256(b"").digest()


@given(st.integers(1, 70), st.data())
def test_every_path_leads_to_the_root(count: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, count - 1))
    steps = rules.inclusion_path(leaves(count), index)
    assert rules.root_of_path(leaves(count)[index], steps) == rules.merkle_root(leaves(count))


@given(values)
def test_canonical_text_is_json_of_the_same_value(value: object) -> None:
    assert json.loads(rules.canonical_text(value)) == value


def test_canonical_text_orders_keys_by_length_then_byte() -> None:
    assert (
        rules.canonical_text({"bb": 1, "a": {"é": 2, "z": 3}, "c": []})
        == '{"a": {"z": 3, "é": 2}, "c": [], "bb": 1}'
    )


def test_a_leaf_is_no_node() -> None:
    left, right = leaves(2)
    assert rules.leaf_hash(left + right) != rules.merkle_root([left, right])
