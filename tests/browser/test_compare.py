"""Compare in a real browser: a click on an action leads to its people, a click on one plays it."""

from collections.abc import Iterator

import pytest

from analysis.study.results.grid_file import Kind
from tests.analysis import films, studies
from tests.browser.conftest import Axe, Server, artefact, free_port
from tests.browser.test_failures import quiet
from tests.synthetic import make_run

pytestmark = pytest.mark.browser

MOMENT = """() => {
  const host = [...document.querySelectorAll('*')].find(
    (e) => e.shadowRoot?.querySelector('.moment'));
  const root = host?.shadowRoot.querySelector('.moment'), video = root?.querySelector('video');
  return root && { time: video.currentTime, paused: video.paused, ready: video.readyState,
    boxes: Number(root.dataset.boxes), text: root.querySelector('.time').textContent,
    label: video.getAttribute('aria-label') };
}"""


@pytest.fixture(scope="module")
def kept(browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """An app with a study whose models' words and videos are at hand."""
    home = tmp_path_factory.mktemp("kept")
    make_run(home)  # or else the app would process the sample at the same time
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LART_HOME", str(home))
        sets = films.add_sets(home / "videos")
    kinds = [Kind(seen, True, ratio, True) for seen in (False, True) for ratio in (0.0, 0.4)]
    told = {(kinds[1], 0): sets[0], (kinds[3], 0): sets[1]}
    studies.write_study(home / "studies" / "mine", of=kinds, sets=told)
    started = Server(home, free_port()).start()
    yield started
    started.stop()


def playing(page) -> dict:
    """The moment, as soon as it plays."""
    page.wait_for_function(f"() => {{ const m = ({MOMENT})(); return m && m.ready > 1; }}")
    return page.evaluate(MOMENT)


def test_a_click_on_an_action_leads_to_its_people_and_they_play(kept: Server, page) -> None:
    page.goto(f"{kept.url}/compare?of=A+study&study=mine")
    page.get_by_text("labels gained").wait_for(timeout=60_000)
    quiet(page)
    assert playing(page)["boxes"] >= 0
    point = page.evaluate(
        """() => {
          const plot = [...document.querySelectorAll('.js-plotly-plot')].find(
            (p) => p._fullData.some((t) => t.type === 'bar'));
          plot.scrollIntoView({ block: 'center' });
          const { xaxis, yaxis } = plot._fullLayout;
          const bar = plot._fullData.find((t) => t.type === 'bar' && t.y.includes('walk'));
          const at = bar.y.indexOf('walk'), box = plot.getBoundingClientRect();
          return { x: box.x + xaxis._offset + xaxis.d2p(bar.x[at] / 2),
                   y: box.y + yaxis._offset + yaxis.d2p('walk') };
        }"""
    )
    page.mouse.move(point["x"], point["y"])
    page.mouse.click(point["x"], point["y"])
    page.wait_for_url("**action=14*", timeout=60_000)
    page.get_by_role("heading", name="walk: ").wait_for()
    quiet(page)
    page.screenshot(path=artefact("compare-study"), full_page=True)
    table = page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    corner = table.bounding_box()
    assert corner is not None
    before = playing(page)["label"]
    page.mouse.click(corner["x"] + 18, corner["y"] + 35 * 2 + 17)
    page.wait_for_url("**label=*", timeout=60_000)
    page.wait_for_function(f"(old) => ({MOMENT})()?.label !== old", arg=before)
    assert "around" in playing(page)["label"]


def test_a_moment_is_repeated_and_stands_at_its_keyframe_with_boxes(kept: Server, page) -> None:
    page.goto(f"{kept.url}/ava_results?view=Videos&video=set%2Fwalk-1.mp4&t=3")
    page.locator(".js-plotly-plot").first.wait_for(timeout=60_000)
    playing(page)
    page.wait_for_function(f"() => ({MOMENT})().time > 1.2")
    times = []
    for _ in range(30):
        page.wait_for_timeout(100)
        times.append(page.evaluate(MOMENT)["time"])
    assert min(times) >= 0.9 and max(times) <= 5.2, times
    page.get_by_role("button", name="The keyframe").click()
    page.wait_for_function(f"() => ({MOMENT})().text === 'at the keyframe'")
    moment = page.evaluate(MOMENT)
    assert (moment["paused"], moment["boxes"]) == (True, 2)
    page.wait_for_timeout(300)
    page.screenshot(path=artefact("moment"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_plays_is_accessible(browser, kept: Server, axe: Axe, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 3200}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(f"{kept.url}/compare?of=A+study&study=mine")
    page.get_by_text("labels gained").wait_for(timeout=60_000)
    quiet(page)
    playing(page)
    found = axe(page)
    context.close()
    assert not found, found


def test_a_video_that_cannot_be_decoded_is_said(kept: Server, page) -> None:
    (kept.home / "videos" / "set" / "walk-2.mp4").write_bytes(b"no video at all")
    page.goto(f"{kept.url}/ava_results?view=Videos&video=set%2Fwalk-2.mp4&t=3")
    page.get_by_text("The video is not at hand").wait_for(timeout=60_000)
    page.route("**/lart/results/**", lambda route: route.fulfill(status=404, json={"error": "No."}))
    page.goto(f"{kept.url}/ava_results?view=Videos&video=set%2Fwalk-1.mp4&t=3")
    page.locator(".moment .words").get_by_text("No.").wait_for(timeout=60_000)
