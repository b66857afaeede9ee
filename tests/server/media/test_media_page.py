"""The page: a picture that is attached is shown, asked about, and kept."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.capabilities import needs
from tests.models.colors import plain
from tests.server.media.seer import Seer, base64_of, sound
from tests.server.protocols.serving import running
from tests.server.test_page import browser, find, texts

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, needs("llama-common's chat code"), needs("mtmd's parts")]


@pytest.fixture(scope="module")
def files_to_attach(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attached")
    (folder / "red.png").write_bytes(base64.b64decode(base64_of(plain("red"))))
    (folder / "said.wav").write_bytes(sound())
    return folder


def attach(browser: Any, path: Path, wait: Any) -> None:
    before = len(browser.find_elements("css selector", "#attached button"))
    find(browser, "#files").send_keys(str(path))
    wait.until(lambda _: len(browser.find_elements("css selector", "#attached button")) == before + 1)


def test_a_picture(browser: Any, seer: Seer, files_to_attach: Path) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    wait = WebDriverWait(browser, 60, poll_frequency=0.02)
    seer.chat([{"role": "user", "content": "a"}], max_tokens=1)  # it is loaded
    with running(seer.app) as address:
        browser.get(address)
        wait.until(lambda _: find(browser, "#attach").is_displayed())
        assert find(browser, "#files").get_attribute("accept") == "image/*"
        for name, number in (("temperature", "0"), ("max_tokens", "8")):
            find(browser, "#open-settings").click()
            field = find(browser, f"[name={name}]")
            field.clear()
            field.send_keys(number)
            find(browser, "#settings button").click()
        attach(browser, files_to_attach / "red.png", wait)
        attach(browser, files_to_attach / "red.png", wait)
        find(browser, "#attached button").click()  # one too many
        wait.until(lambda _: len(browser.find_elements("css selector", "#attached button")) == 1)
        find(browser, "#text").send_keys("What is it?\n")
        wait.until(lambda _: "a second" in find(browser, "#log").text)
        shown = find(browser, "article.user img")
        assert browser.execute_script("return arguments[0].naturalWidth", shown) == 20
        assert texts(browser, "article.user") == ["What is it?"]
        assert not find(browser, "#attached").is_displayed()
        kept = json.loads(browser.execute_script("return localStorage.getItem('llamacffi')"))
        assert kept["messages"][0]["media"][0].startswith("data:image/png;base64,")
        find(browser, "#text").send_keys("And?\n")  # the picture is asked about again
        wait.until(lambda _: len(browser.find_elements("css selector", "article.assistant footer")) == 2)
        assert "wrong" not in browser.page_source
        severe = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
        assert not severe


def test_a_sound(browser: Any, listener: Seer, files_to_attach: Path) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    wait = WebDriverWait(browser, 60, poll_frequency=0.02)
    listener.chat([{"role": "user", "content": "a"}], max_tokens=1)
    with running(listener.app) as address:
        browser.get(address)
        wait.until(lambda _: find(browser, "#attach").is_displayed())
        find(browser, "#open-settings").click()
        find(browser, "[name=max_tokens]").send_keys("4")
        find(browser, "#settings button").click()
        attach(browser, files_to_attach / "said.wav", wait)
        find(browser, "#text").send_keys("What is said?\n")
        wait.until(lambda _: "a second" in find(browser, "#log").text)
        assert len(browser.find_elements("css selector", "article.user audio")) == 1


def test_nothing_is_offered_where_nothing_is_seen(browser: Any, reader: Seer) -> None:
    from selenium.webdriver.support.ui import WebDriverWait

    wait = WebDriverWait(browser, 60, poll_frequency=0.02)
    with running(reader.app) as address:
        browser.get(address)
        wait.until(lambda _: texts(browser, "#model option") == ["seer"])
        assert not find(browser, "#attach").is_displayed()
