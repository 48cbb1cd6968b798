"""A local server answers the person whom it gave its address, and nobody else on the machine."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.client import HTTPConnection

import pytest
from playwright.sync_api import sync_playwright

from autograder.reports.local_access import MAX_CONNECTIONS, LocalHandler, LocalServer
from tests.browser import EXECUTABLE
from tests.processes import soon
from tests.toy_course import make_course
from tests.unprivileged import unused_id

SECRET = "the class's results"
OTHER_USER = """
import sys
from http.client import HTTPConnection
from pathlib import Path

process, port = sys.argv[1:]
words = Path(f"/proc/{process}/cmdline").read_bytes().decode().split("\\0")
guesses = {"/", "/results/", "/results/toy.json", "//results/toy.json", "/../results/toy.json"}
guesses |= {f"/{word.strip('/')}/results/toy.json" for word in words}
for guess in guesses:
    for method in ("GET", "HEAD", "POST", "PUT"):
        connection = HTTPConnection("127.0.0.1", int(port))
        connection.request(method, guess)
        answer = connection.getresponse()
        print(answer.status, answer.read().decode().replace("\\n", " "))
"""


class Page(LocalHandler):
    """A page with a form."""

    def do_GET(self):
        self.send_page(f"{SECRET} at {self.place}")

    do_HEAD = do_POST = do_GET


@pytest.fixture
def server():
    """A server of one page."""
    server = LocalServer(Page, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def ask(server, path, *, method="GET", hosts=None, **headers):
    """Status and text of the answer to a request that states these hosts."""
    connection = HTTPConnection(*server.server_address)
    connection.putrequest(method, path, skip_host=True)
    for host in (f"127.0.0.1:{server.server_port}",) if hosts is None else hosts:
        connection.putheader("Host", host)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_the_address_is_answered_under_both_names(server, name):
    """What comes after the secret is the handler's business, query included."""
    host = f"{name}:{server.server_port}"
    status, text = ask(server, f"/{server.secret}/a/b?c", hosts=[host])
    assert (status, text) == (200, f"{SECRET} at /a/b?c")


def test_every_server_has_a_secret_of_its_own(server):
    """A tab that is left open cannot give it to whoever listens at the port later."""
    with LocalServer(Page, 0) as later:
        assert server.secret != later.secret
        assert len(server.secret) * 6 >= 128


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ["/", "/a", "/{}x/", "/x{}/", "/%2e/{}/", "//", "*", "/\xe9/"])
def test_without_the_secret_nothing_is_said(server, method, path):
    """Neither by a page, nor by the way in which it is refused."""
    path = path.format(server.secret).encode().decode("latin-1")
    here = f"http://127.0.0.1:{server.server_port}"
    connection = HTTPConnection(*server.server_address)
    connection._encode_request = lambda request: request.encode("latin-1")
    connection.putrequest(method, path)
    connection.putheader("Origin", here)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 403
    text = answer.read().decode()
    assert SECRET not in text and server.secret not in text
    connection.close()


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["rebind.example:{}"],
        ["127.0.0.1"],
        ["127.0.0.1:1"],
        ["localhost.rebind.example:{}"],
        ["127.0.0.1:{}.rebind.example"],
        ["127.0.0.1:{}", "rebind.example:{}"],
        ["[::1]:{}"],
        ["0.0.0.0:{}"],
        [""],
    ],
)
def test_another_host_is_refused(server, hosts):
    """Even with the secret: any page's own name can be made to lead here."""
    named = [host.format(server.server_port) for host in hosts]
    assert ask(server, f"/{server.secret}/", hosts=named)[0] == 403


@pytest.mark.parametrize("origin", ["http://rebind.example", "null", "https://127.0.0.1:{}", None])
def test_another_pages_form_is_refused(server, origin):
    """A request that changes something says where it comes from, or is not heard."""
    headers = {"Origin": origin.format(server.server_port)} if origin else {}
    assert ask(server, f"/{server.secret}/", method="POST", **headers)[0] == 403


def test_its_own_form_is_heard(server):
    """The origin is the server under the name that the person chose."""
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{server.server_port}"
        path = f"/{server.secret}/"
        assert ask(server, path, method="POST", hosts=[host], Origin=f"http://{host}")[0] == 200


def test_an_address_without_its_last_slash_leads_on(server):
    """Or the relative links of the page would lack the secret."""
    connection = HTTPConnection(*server.server_address)
    connection.request("GET", f"/{server.secret}")
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (301, f"/{server.secret}/")
    connection.close()


def test_many_connections_do_not_pile_up(server):
    """Another user can open them without the secret; what is too many is closed at once."""
    address, silent = server.server_address, []
    try:
        for _ in range(MAX_CONNECTIONS + 50):
            silent.append(socket.create_connection(address))
        assert soon(lambda: threading.active_count() >= MAX_CONNECTIONS)
        assert threading.active_count() < MAX_CONNECTIONS + 20
    finally:
        for connection in silent:
            connection.close()
    assert soon(lambda: threading.active_count() < 20)
    assert ask(server, f"/{server.secret}/")[0] == 200


@contextmanager
def serving(course):
    """`autograder serve` in a process of its own: the process, and the address that it printed."""
    command = [sys.executable, "-m", "autograder.cli.main", "--course", course.root, "serve"]
    process = subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        yield process, process.stdout.readline().split()[0]
    finally:
        process.kill()
        process.communicate()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_user_of_the_machine_reads_nothing(tmp_path):
    """He sees the process, its arguments and its port."""
    course = make_course(tmp_path)
    course.results.mkdir(parents=True)
    (course.results / "toy.json").write_text(SECRET)
    with serving(course) as (process, address):
        port, secret = address.rsplit(":", 1)[1].strip("/").split("/")
        other = unused_id()
        become = ["setpriv", f"--reuid={other}", f"--regid={other}", "--clear-groups"]
        attack = subprocess.run(
            [*become, "/usr/bin/python3", "-c", OTHER_USER, str(process.pid), port],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
        )
        lines = attack.stdout.splitlines()
        assert len(lines) > 20
        assert all(line.startswith("403") for line in lines)
        assert SECRET not in attack.stdout and secret not in attack.stdout
        connection = HTTPConnection("127.0.0.1", int(port))
        connection.request("GET", f"/{secret}/results/toy.json")
        assert connection.getresponse().read().decode() == SECRET
        connection.close()


@pytest.mark.browser
def test_a_script_in_feedback_reads_nothing(tmp_path):
    """Stock nbgrader's pages show a student's HTML; the book's own scripts run."""
    course = make_course(tmp_path)
    course.results.mkdir(parents=True)
    (course.results / "toy.json").write_text(SECRET)
    attack = "fetch(location.pathname.split('/').slice(0, 2).join('/') + '/results/toy.json')"
    page = (
        f"<script>document.title = 'ran'; {attack}.then(a => a.text()).then(t => {{"
        " document.title = t })</script><img src=x onerror=\"document.title ||= 'ran'\">"
    )
    places = course.grading / "feedback" / "eve" / "toy", course.root / "_build" / "html"
    for place, name in zip(places, ("toy.html", "index.html"), strict=True):
        place.mkdir(parents=True)
        (place / name).write_text(page)
    with serving(course) as (_, address), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(f"{address}book/")
        tab.wait_for_function(f"document.title == {SECRET!r}")  # the attack works where it may
        tab.goto(f"{address}feedback/eve/toy/toy.html")
        tab.wait_for_load_state("networkidle")
        assert tab.title() == ""
        browser.close()


@pytest.mark.browser
def test_a_browser_follows_links_and_a_rebound_name_gets_nothing(tmp_path):
    """The book and the lists work; the same pages under another name are refused."""
    course = make_course(tmp_path)
    (tmp_path / "_build" / "html").mkdir(parents=True)
    (tmp_path / "_build" / "html" / "index.html").write_text(
        "<meta charset=utf-8><script src=a.js></script><a href='../results/'>results</a>"
    )
    (tmp_path / "_build" / "html" / "a.js").write_text("document.title = 'the book'")
    course.results.mkdir(parents=True)
    (course.results / "toy.json").write_text(SECRET)
    rules = "--host-resolver-rules=MAP rebind.example 127.0.0.1"
    with serving(course) as (_, address), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=EXECUTABLE, args=["--no-sandbox", rules]
        )
        page = browser.new_page()
        page.goto(address)
        page.click("text=book")
        page.wait_for_function("document.title == 'the book'")
        page.click("text=results")
        page.click("text=toy.json")
        assert SECRET in page.inner_text("body")
        rebound = page.goto(page.url.replace("127.0.0.1", "rebind.example"))
        assert rebound.status == 403
        assert SECRET not in page.content()
        browser.close()
