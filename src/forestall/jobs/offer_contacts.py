"""Writes the offers of a scoring job to the ledger."""

from __future__ import annotations

import logging
from datetime import datetime

from forestall.contacts.ledger import Ledger
from forestall.contacts.offers import offers_of
from forestall.errors import UsageError, must_be
from forestall.jobs.score_result import ScoreResult
from forestall.registry import LoadedModel

log = logging.getLogger(__name__)


def offer_contacts(result: ScoreResult, model: LoadedModel, url: str) -> int:
    """Append the offers of a contact list to a ledger, and return how many are new.

    The results are published before, so a job that is killed in between is given again: it finds its results and only
    appends the offers.

    Raises
    ------
    UsageError
        The model's policy has no experiment, or a customer would get another arm.
    """
    policy, listed = model.spec.policy, result.contact_list
    if policy is None or listed is None or "arm" not in listed.columns:
        what = "used with a model whose policy has 'experiment' and 'holdout_share'"
        raise UsageError(must_be("--ledger", what, do="add them to model.yaml and train"))
    at = datetime.fromisoformat(result.figures["contact_list"]["offered_at"] or result.figures["scored_at"])
    offers = offers_of(listed, policy, at, (model.name, model.version))
    with Ledger(url) as ledger:
        n = ledger.offer(offers, policy.model_dump_json())
        log.info("ledger %s: %d offers, %d of them new", ledger.shown, offers.height, n)
    return n
