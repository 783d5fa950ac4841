"""axe-core on every page, light and dark: no serious or critical violation."""

import shutil
import subprocess
import tarfile

import pytest

from tests.browser.test_app import PAGES, settle

pytestmark = pytest.mark.browser

AXE = "axe-core@4.10.3"
FIND = """async () => {
  const { violations } = await axe.run(document);
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return serious.map(({ id, help, nodes }) => ({
    id, help, where: nodes.slice(0, 5).map((n) => [n.html.slice(0, 200), n.failureSummary]),
  }));
}"""


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's script, from npm."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm to fetch axe-core")
    folder = tmp_path_factory.mktemp("axe")
    answer = subprocess.run(
        [npm, "pack", AXE, "--silent"], cwd=folder, capture_output=True, text=True, check=False
    )
    packages = list(folder.glob("*.tgz"))
    if not packages:
        pytest.skip(f"npm could not fetch {AXE}: {answer.stderr.strip()[:200]}")
    with tarfile.open(packages[0]) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member
        return member.read().decode()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_serious_violation(browser, server, axe: str, name: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 1600}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(f"{server.url}/{name}")
    settle(page)
    page.wait_for_timeout(1000)
    page.evaluate(axe)
    found = page.evaluate(FIND)
    context.close()
    assert not found, found
