"""What `make demo-outbound` runs is whole; the demonstration itself takes a minute."""

from pathlib import Path

from shipped import beside

from runtime.carrier.stand_in.people_file import read_people
from runtime.flow.reading import read_flow
from runtime.outbound.campaign.call_list import read_call_list
from runtime.outbound.campaign.plan import read_plan
from runtime.settings import load_settings

DEMO = Path(__file__).parents[2] / "demo" / "outbound"


def test_the_demonstration_calls_20_numbers_with_a_flow_without_mistakes():
    flow = DEMO / "flows" / "delivery.yaml"
    assert read_flow(flow.read_text(), flow.name, open_file=beside).problems == ()
    plan = read_plan((DEMO / "deliveries.yaml").read_text(), "deliveries.yaml", {})
    rows = read_call_list((DEMO / "deliveries.csv").read_bytes(), plan.timezone)
    assert (len(rows.contacts), len(rows.bad)) == (20, 2)
    assert load_settings(DEMO / "callwright.yaml").carrier.api_key is not None
    people = (DEMO / "people.yaml").read_text()
    assert len(read_people(people, "people.yaml", lambda name: b"")) == 8
