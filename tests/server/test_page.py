"""The page to chat on: its files, and what a browser makes of them."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from llamacffi import Llama
from tests.models import Script, write_scripted
from tests.server.protocols.serving import app_of, running
from tests.unit.llama.exact import EXACT

SAID = "Hello **there**, <b>friend</b>. Use `code`.\n\n```py\nprint(1)\n```\n" + "And so it went on. " * 400


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    path = tmp_path_factory.mktemp("page") / "talker.gguf"
    write_scripted(path, Script.of(SAID, n_chars=4), n_ctx_train=8192)
    with Llama(path, n_ctx=4096, **EXACT) as llama:
        yield llama


def test_its_files(llama: Llama) -> None:
    asked = TestClient(app_of({"talker": llama}, api_key=("key",)))
    page = asked.get("/")
    assert page.status_code == 200
    names = re.findall(r'(?:src|href)="(page/[^"]+)"', page.text)
    assert len(names) == 3
    seen = set()
    while names:
        name = names.pop()
        seen.add(name)
        file = asked.get(f"/{name}")
        assert file.status_code == 200, name
        assert "default-src 'none'" in file.headers["content-security-policy"]
        # Nothing comes from elsewhere, and no text becomes markup.
        assert not re.search(
            r"https?://(?!www\.w3\.org/2000/svg)|innerHTML|insertAdjacentHTML|document\.write", file.text
        )
        names += [f"page/{one}" for one in re.findall(r'from "\./([^"]+)"', file.text) if f"page/{one}" not in seen]
    assert len(seen) == 6
    assert "'unsafe-inline'" not in page.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|onclick=", page.text)


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fapp.py", "%2e%2e/app.py", "index.html"])
def test_no_other_files(llama: Llama, name: str) -> None:
    assert TestClient(app_of({"talker": llama})).get(f"/page/{name}").status_code == 404


def test_a_server_without_it(llama: Llama) -> None:
    asked = TestClient(app_of({"talker": llama}, page=False))
    assert asked.get("/").status_code == 404
    assert asked.get("/page/chat.js").status_code == 404


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("there is no chromium with its chromedriver: apt install chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=900,700"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options, webdriver.ChromeService(driver)) as made:
        yield made


def find(browser: Any, selector: str) -> Any:
    return browser.find_element("css selector", selector)


def texts(browser: Any, selector: str) -> list[str]:
    return [one.text for one in browser.find_elements("css selector", selector)]


@pytest.mark.slow
def test_a_conversation_in_a_browser(browser: Any, llama: Llama) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    wait = WebDriverWait(browser, 60, poll_frequency=0.02)
    with running(app_of({"talker": llama})) as address:
        browser.get(address)
        wait.until(lambda _: texts(browser, "#model option") == ["talker"])
        find(browser, "#open-settings").click()
        find(browser, "[name=temperature]").send_keys("0")
        find(browser, "[name=max_tokens]").send_keys("1900")
        find(browser, "#settings button").click()

        find(browser, "#text").send_keys("Hi <i>there</i>\n")
        wait.until(lambda _: "friend" in find(browser, "article.assistant").text)
        first = len(find(browser, "article.assistant").text)
        wait.until(lambda _: len(find(browser, "article.assistant").text) > first)  # it streams
        browser.execute_script("document.getElementById('stop').click()")
        wait.until(lambda _: find(browser, "#send").is_displayed())
        stopped = find(browser, "article.assistant").text
        assert stopped.endswith("stopped")
        assert len(stopped) < len(SAID)
        assert texts(browser, "article.user") == ["Hi <i>there</i>"]
        assert "<b>friend</b>" in stopped
        assert texts(browser, "article.assistant strong") == ["there"]
        assert texts(browser, "article.assistant pre code") == ["print(1)"]
        assert texts(browser, "article b, article i") == []

        browser.refresh()
        wait.until(lambda _: find(browser, "article.assistant").text == stopped)
        kept = json.loads(browser.execute_script("return localStorage.getItem('llamacffi')"))
        assert kept["settings"]["temperature"] == "0"
        if os.environ.get("LLAMACFFI_SCREENSHOTS"):
            folder = Path(os.environ["LLAMACFFI_SCREENSHOTS"])
            folder.mkdir(parents=True, exist_ok=True)
            browser.save_screenshot(str(folder / "page.png"))

        find(browser, "#new").click()
        assert texts(browser, "article") == []
        assert find(browser, "#empty").is_displayed()
        wrong = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
        assert not wrong


@pytest.mark.slow
def test_a_server_with_keys_in_a_browser(browser: Any, llama: Llama) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    wait = WebDriverWait(browser, 60, poll_frequency=0.02)
    with running(app_of({"talker": llama}, api_key=("secret",))) as address:
        browser.get(address)
        wait.until(lambda _: "API key" in find(browser, "#empty").text)
        find(browser, "#open-settings").click()
        find(browser, "[name=key]").send_keys("secret")
        find(browser, "[name=max_tokens]").send_keys("9")
        find(browser, "#settings button").click()
        wait.until(lambda _: texts(browser, "#model option") == ["talker"])
        find(browser, "#text").send_keys("Hi\n")
        wait.until(lambda _: "a second" in find(browser, "#log").text)
        assert "Hello" in find(browser, "article.assistant").text
