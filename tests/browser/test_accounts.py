"""Sign-in with a real OpenID Connect provider on this machine, and runs shared by a link."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.spaces import accounts, key
from tests.browser.conftest import Server, artefact, chromium, free_port
from tests.synthetic import make_run

pytestmark = pytest.mark.browser
provider_mock = pytest.importorskip("oidc_provider_mock", reason="needs oidc-provider-mock")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A public server on which people have accounts."""
    if chromium() is None:
        pytest.skip("browser tests need Chromium on the PATH (Debian: apt-get install chromium)")
    home = tmp_path_factory.mktemp("accounts-home")
    make_run(home, "sample")
    port = free_port()
    alice = provider_mock.User(sub="alice", claims={"name": "Alice *A*", "email": "a@example.org"})
    with provider_mock.run_server_in_thread(user_claims=[alice]) as provider:
        issuer = f"http://localhost:{provider.server_port}"
        (home / "secrets.toml").write_text(
            f"""[auth]
            redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
            cookie_secret = "{"s" * 64}"
            client_id = "lens"
            client_secret = "lens-secret"
            server_metadata_url = "{issuer}/.well-known/openid-configuration"
            """
        )
        started = Server(home, port, ("--public",)).start()
        yield started
        started.stop()


class Person:
    """A browser of somebody's own."""

    def __init__(self, browser: Any, server: Server) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page, self.server = self.context.new_page(), server

    def sign_in(self, sub: str) -> "Person":
        """Sign in at the provider's own page."""
        self.page.goto(self.server.url)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_placeholder("sub").fill(sub)
        self.page.get_by_role("button", name="Authorize", exact=True).click()
        self.page.get_by_role("button", name="Process").wait_for()
        return self

    def give_run(self, name: str) -> None:
        """Put a finished run into their space."""
        secrets = accounts.read(self.server.home / "secrets.toml")
        assert secrets is not None
        cookies = {each["name"]: each["value"] for each in self.context.cookies()}
        spaces = self.server.home / "spaces"
        space = secrets.id(cookies, key.read_or_make(spaces / "key"))
        assert space is not None
        make_run(spaces / space, name)

    def sees(self, run: str) -> int:
        """How the server answers when their browser asks for a run's video."""
        answer = self.context.request.get(f"{self.server.url}/lart/runs/{run}/player.mp4")
        return answer.status

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()


@pytest.fixture
def people(browser: Any, server: Server) -> Iterator[Any]:
    """Makes somebody new; their browsers are closed in the end."""
    made: list[Person] = []

    def somebody() -> Person:
        made.append(Person(browser, server))
        return made[-1]

    yield somebody
    for each in made:
        each.leave()


def test_an_account_is_a_space(people: Any, server: Server) -> None:
    nobody = people()
    nobody.page.goto(f"{server.url}/watch?run=sample")
    nobody.page.get_by_role("heading", name="Sign in").wait_for()
    nobody.page.get_by_role("button", name="Sign in").wait_for()
    nobody.page.screenshot(path=artefact("accounts-sign-in"))
    assert nobody.sees("sample") == 404
    alice = people().sign_in("alice")
    alice.give_run("of-alice")
    other = people().sign_in("bob")
    assert (alice.sees("of-alice"), other.sees("of-alice"), nobody.sees("of-alice")) == (
        200,
        404,
        404,
    )
    other.page.goto(f"{server.url}/watch?run=of-alice")
    other.page.get_by_text("There is no run 'of-alice'").wait_for()
    again = people().sign_in("alice")
    assert again.sees("of-alice") == 200, "the same account in another browser"
    again.page.goto(f"{server.url}/your_data")
    again.page.get_by_text("Signed in as Alice *A*").wait_for()
    again.page.screenshot(path=artefact("accounts-your-data"))
    again.page.get_by_role("button", name="Sign out").click()
    again.page.wait_for_url(lambda url: "/your_data" not in url)
    assert again.sees("of-alice") == 404


def test_a_link_shows_a_run_until_it_is_withdrawn(people: Any, server: Server) -> None:
    alice = people().sign_in("alice")
    alice.give_run("shown")
    page = alice.page
    page.goto(f"{server.url}/watch?run=shown")
    page.get_by_text("Share by a link").click()
    page.get_by_role("button", name="Make a link").click()
    page.get_by_role("button", name="Withdraw the link").wait_for()
    page.screenshot(path=artefact("accounts-link"), full_page=True)
    link = page.locator("code").filter(has_text="link=").inner_text().strip()
    assert link.startswith(f"{server.url}/watch?run=shown&link=")

    for guest in (people(), people().sign_in("bob")):
        assert guest.sees("shown") == 404
        guest.page.goto(link)
        player = guest.page.locator(".player")
        player.wait_for()
        guest.page.get_by_text("Somebody shows you this by a link").wait_for()
        player.locator(".lanes li").first.wait_for()
        guest.page.screenshot(path=artefact("accounts-shown"), full_page=True)
        assert guest.sees("shown") == 200
        assert player.get_by_role("button", name="Correct", exact=True).count() == 0
        assert guest.page.get_by_text("Export", exact=True).count() == 0
        assert guest.page.get_by_text("Share by a link").count() == 0

    page.get_by_role("button", name="Withdraw the link").click()
    page.get_by_role("button", name="Make a link").wait_for()
    assert guest.sees("shown") == 404
    guest.page.goto(link)
    guest.page.get_by_text("There is nothing behind this link").wait_for()
    guest.page.screenshot(path=artefact("accounts-withdrawn"))
    assert guest.page.locator(".player").count() == 0


def test_a_file_that_a_page_holds_is_for_its_visitor(people: Any, server: Server) -> None:
    alice, other = people().sign_in("alice"), people().sign_in("bob")
    alice.page.goto(f"{server.url}/watch?run=sample")
    alice.page.locator(".player").wait_for()
    alice.page.get_by_text("Export", exact=True).click()
    button = alice.page.get_by_role("button", name="Probabilities of every frame (CSV)").first
    with alice.page.expect_request(lambda request: "/media/" in request.url) as asked:
        button.click()
    address = asked.value.url
    assert alice.context.request.get(address).status == 200
    assert other.context.request.get(address).status == 404
