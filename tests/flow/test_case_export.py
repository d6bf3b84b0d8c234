"""What a person is told that is stored about them has what their cases have."""

from tests.flow.case_world import HANDSET, CaseHarness
from tests.flow.test_case_runs import ACCOUNT
from unshackled.flow.engine import commands as c
from unshackled.http.checkouts.privacy_schemas import SubjectExport
from unshackled.http.checkouts.subject_export import export_of


async def test_the_data_of_a_case_is_told_with_who_was_given_it() -> None:
    """By the case and its step; what the sale had and a case sent on names its provider too."""
    world = CaseHarness()
    await world.sell()
    name = await world.open("return", HANDSET)
    await world.ask(c.Submit(run=name, step="account", body=ACCOUNT))
    seen = await world.seen()
    found = export_of(world.plans(), seen, world.now())
    SubjectExport.model_validate(found)
    mine = {one["step"]: one for one in found["categories"] if one.get("case") == name}
    assert mine["account"]["data"] == ACCOUNT
    assert (mine["account"]["source"], mine["account"]["recipients"]) == ("customer", ["main"])
    assert "documents" not in mine["account"]["data"]
    (contact,) = [one for one in found["categories"] if one["category"] == "contact"]
    assert contact.get("case") is None
    assert "main" in contact["recipients"]
