"""The small twin of `benchmarks/words.py`: on made-up conversations the model is level with tf-idf at least."""

import pytest

import made_conversations
from proofs import load_proof


@pytest.mark.slow
def test_conversations_turn_by_turn(tmp_path):
    proof = load_proof("words")
    made = made_conversations.conversations(460, seed=4)
    rating = dict(zip(made.feedback["rated_at"], made.feedback["rating"], strict=True))
    blocks: dict[str, list[str]] = {}
    for name, at, _, actor, text in (
        made.events.sort("at").select("interaction_id", "at", "kind", "actor", "text").iter_rows()
    ):
        given = [one for time, one in rating.items() if 0 < (time - at).total_seconds() <= 1]
        line = f"USER\t{text}\t\t{given[0]:g},{given[0]:g}" if actor == "customer" else f"SYSTEM\t{text}\t\t"
        blocks.setdefault(name, []).append(line)
    file = tmp_path / "made.txt"
    ends = ("\n".join([*lines, "USER\tOVERALL\t\t3,3"]) for lines in blocks.values())
    file.write_text("\n\n".join(ends) + "\n")
    tables, turns = proof.conversations(file)
    assert (tables.interactions.height, tables.events.height) == (460, 2760)
    assert tables.feedback["rating"].to_list() == made.feedback["rating"].to_list()
    assert turns["before"][:3].to_list() == ["", *made.events.sort("at")["text"].gather([1, 3])]
    aucs = proof.compare(tables, turns, 4, 1, lightgbm={"learning_rate": 0.1, "num_leaves": 4})
    assert aucs["score alone"][0] > 0.8
    assert aucs["model"][0] > max(aucs["tf-idf"][0] - 0.02, aucs["lexicons"][0] + 0.2)
    assert proof.cost(tables, turns) < 600
