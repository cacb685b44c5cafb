"""tests/browser/webdriver.py - a headless Chromium, driven over the WebDriver protocol.

Standard library only: https://www.w3.org/TR/webdriver2/.  Used by the tests in this folder
and by tools that take pictures of pages.
"""
import base64
import json
import re
import shutil
import subprocess
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014",
        "ArrowDown": "\ue015", "Home": "\ue011", "End": "\ue010", "Enter": "\ue007",
        "Escape": "\ue00c", "Tab": "\ue004", "Shift": "\ue008"}
SWITCHES = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--hide-scrollbars"]


class BrowserError(Exception):
    """There is no browser here, or it does not do what it is told."""


class Browser:
    def __init__(self, width=1280, height=900):
        if not shutil.which("chromedriver"):
            raise BrowserError("no chromedriver here (make setup docs)")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], encoding="utf-8",
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in self.driver.stdout:
            port = re.search(r"successfully on port (\d+)", line)
            if port:
                break
        else:
            raise BrowserError("chromedriver does not start")
        self.url = f"http://127.0.0.1:{port.group(1)}/session"
        wanted = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
                  "goog:chromeOptions":
                      {"args": SWITCHES + [f"--window-size={width},{height}"]}}
        answer = self.ask("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self.url += "/" + answer["sessionId"]

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise BrowserError(json.load(error)["value"]["message"]) from None

    def open(self, url):
        self.ask("POST", "/url", {"url": "about:blank"})  # a new #part alone loads nothing
        self.ask("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The value that the script, a function's body, returns."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": arguments})

    def wait(self, script, *arguments):
        """The value that the script passes to its last argument, a callback."""
        return self.ask("POST", "/execute/async", {"script": script, "args": arguments})

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' })",
                 selector)
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})
        self.ask("POST", f"/element/{found[ELEMENT]}/click", {})

    def press(self, *keys):
        """Each is a key by name, a character, or `Shift+` one of them."""
        actions = []
        for key in keys:
            parts = [KEYS.get(part, part) for part in key.split("+")] if key != "+" else ["+"]
            actions += [{"type": "keyDown", "value": part} for part in parts]
            actions += [{"type": "keyUp", "value": part} for part in reversed(parts)]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keys",
                                                   "actions": actions}]})

    def complaints(self):
        """What the console has said since the last time, but for mere information."""
        return [entry["message"] for entry in self.ask("POST", "/se/log", {"type": "browser"})
                if entry["level"] in ("WARNING", "SEVERE")]

    def resize(self, width, height):
        self.ask("POST", "/window/rect", {"width": width, "height": height})

    def picture(self):
        return base64.b64decode(self.ask("GET", "/screenshot"))

    def close(self):
        try:
            self.ask("DELETE", "")
        except (OSError, BrowserError):
            pass
        self.driver.terminate()
        self.driver.wait()
