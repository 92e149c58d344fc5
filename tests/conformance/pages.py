"""HTML files in Chromium: nothing on the console, nothing from the network, nothing wider than the window, and a script
that works; in light and dark, on a desk and on a phone, and on paper.

    tests/conformance/pages.py FOLDER FILE...      takes pictures of files that are there

`PICTURES=FOLDER tests/conformance/run chromium` keeps the pictures of a run. They are to be looked at.
"""

import base64
import json
import os
import sys
import time
import urllib.request
from pathlib import Path

from program import ALL, Program, Result
from tools import LOOPBACK, NotRun, Server, enter_virtual_environment, free_port, need_packages, need_program

WIDTHS = (1280, 400)
SCHEMES = ("light", "dark")
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"]
QUIET += ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions"]

# What of a page is looked at, each of it said to be true.
CHECKS = """(() => {
  const page = document.documentElement;
  const boxes = [...document.querySelectorAll('.scroll')];
  return {
    'is not wider than the window': page.scrollWidth <= innerWidth,
    'tables lie within their boxes, or these scroll':
      boxes.every(box => box.firstElementChild.offsetWidth <= box.clientWidth || getComputedStyle(box).overflowX === 'auto'),
    'background is that of the scheme':
      matchMedia('(prefers-color-scheme: dark)').matches === (getComputedStyle(document.body).backgroundColor !== 'rgb(255, 255, 255)'),
    'has a title and a heading': document.title !== '' && document.querySelectorAll('h1').length === 1,
  };
})()"""

# Columns are sorted by a click, and as they were after the third.
SORTED = """(() => {
  const table = document.querySelector('table.sortable');
  if (!table) return true;
  const text = () => [...table.querySelectorAll('tbody')].map(body => body.textContent).join();
  const heading = [...table.querySelectorAll('th[data-column]')].find(th => th.classList.contains('n')) || table.querySelector('th');
  const values = () => [...table.querySelectorAll('tbody tr:not(.under)')].map(row => row.cells[heading.dataset.column].dataset.v)
    .filter(value => value !== undefined).map(Number);
  const before = text();
  heading.querySelector('button').click();
  const sorted = values().every((value, at, all) => at === 0 || all[at - 1] >= value);
  const told = heading.getAttribute('aria-sort') === 'descending' || !heading.classList.contains('n');
  heading.querySelector('button').click();
  heading.querySelector('button').click();
  return sorted && told && text() === before;
})()"""

# The middle of the first chart, in the window.
MIDDLE = """(() => {
  const plot = document.querySelector('.plot');
  if (!plot) return null;
  plot.scrollIntoView({block: 'center'});
  const box = plot.getBoundingClientRect();
  return {x: box.left + box.width * 0.7, y: box.top + box.height / 2};
})()"""
TIP = "(() => { const tip = document.querySelector('.tip:not([hidden])'); return tip ? tip.innerText : ''; })()"


class Page:
    """A tab, by the DevTools protocol."""

    def __init__(self, port: int) -> None:
        import websocket

        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/json/list", timeout=10) as answer:
            pages = [page for page in json.load(answer) if page["type"] == "page"]
        self.socket = websocket.create_connection(
            pages[0]["webSocketDebuggerUrl"], timeout=60, suppress_origin=True, http_no_proxy=["*"]
        )
        self.number = 0
        self.events: list[dict] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict:
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def value(self, script: str) -> object:
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def show(self, file: Path, width: int, scheme: str, height: int = 900) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.media("", scheme)
        self.events.clear()
        self.call("Page.navigate", url=file.as_uri())
        end = time.monotonic() + 30
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            if time.monotonic() > end:
                raise RuntimeError(f"{file.name} is not loaded within 30 s")
            self.value("1")
        # Sizes are observed at the next frame.
        self.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def media(self, media: str, scheme: str) -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def point(self, x: float, y: float) -> None:
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def said(self) -> list[str]:
        """What is on the console, and what was asked of the network."""
        said = []
        for event in self.events:
            match event["method"]:
                case "Runtime.consoleAPICalled":
                    said.append(str(event["params"]["args"]))
                case "Runtime.exceptionThrown":
                    said.append(str(event["params"]["exceptionDetails"]))
                case "Log.entryAdded":
                    said.append(event["params"]["entry"]["text"])
                case "Network.requestWillBeSent":
                    url = event["params"]["request"]["url"]
                    if not url.startswith(("file:", "data:,")):
                        said.append(f"asks for {url}")
        return said

    def picture(self, file: Path) -> None:
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 4000), "scale": 1}
        data = self.call("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)["data"]
        file.write_bytes(base64.b64decode(data))

    def printed(self) -> bytes:
        answer = self.call("Page.printToPDF", preferCSSPageSize=False, paperWidth=8.27, paperHeight=11.69)
        return base64.b64decode(answer["data"])


class Chromium(Server):
    """A browser that talks to nobody."""

    def __init__(self, scratch: Path) -> None:
        need_packages("websocket-client==1.9.2")
        program = need_program("chromium", "chromium")
        self.port = free_port()
        profile = scratch / "profile"
        flags = [f"--remote-debugging-port={self.port}", f"--user-data-dir={profile}", "about:blank"]
        super().__init__([program, *QUIET, *flags], scratch / "log")

    def page(self) -> Page:
        self.until(f"http://{LOOPBACK}:{self.port}/json/version", 60)
        return Page(self.port)

    def version(self) -> str:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/json/version", timeout=10) as answer:
            return json.load(answer)["Browser"].removeprefix("Chrome/").removeprefix("HeadlessChrome/")


def chromium(program: Program, scratch: Path) -> list[Result]:
    files = written(program, scratch)
    pictures = Path(os.environ.get("PICTURES") or scratch / "pictures")
    pictures.mkdir(parents=True, exist_ok=True)
    with Chromium(scratch) as browser:
        page = browser.page()
        results = []
        for file in files:
            found = looked_at(page, file, pictures)
            expected = {key: [] if key[-1] == "says" else True for key in found}
            results.append(Result(browser.version(), f"{file.stem}.html", expected, found))
        return results


def written(program: Program, scratch: Path) -> list[Path]:
    """Two reports with charts, and rows of a query with whatever clients sent."""
    logs = ["--from", program.files.source, *ALL]
    files = []
    for name, asked in {
        "overview": ["report", "overview", *logs],
        "why": ["report", "why", "--status", "5xx", *logs],
        "rows": ["query", *logs, "SELECT * FROM requests ORDER BY time LIMIT 500"],
    }.items():
        file = scratch / f"{name}.html"
        program.run(*asked, "-o", str(file))
        files.append(file)
    return files


def looked_at(page: Page, file: Path, pictures: Path) -> dict[tuple, object]:
    found: dict[tuple, object] = {}
    for width in WIDTHS:
        for scheme in SCHEMES:
            view = (f"{width} px", scheme)
            page.show(file, width, scheme)
            found |= {(*view, what): is_so for what, is_so in page.value(CHECKS).items()}
            page.picture(pictures / f"{file.stem}-{width}-{scheme}.png")
            found[*view, "is sorted by a click"] = page.value(SORTED)
            found |= {(*view, what): is_so for what, is_so in pointed_at(page).items()}
            found[*view, "says"] = page.said()
    page.show(file, WIDTHS[0], "dark")
    paper = page.printed()
    (pictures / f"{file.stem}.pdf").write_bytes(paper)
    page.media("print", "dark")
    found["paper", "is white"] = page.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.media("", "light")
    found["paper", "has pages"] = paper.startswith(b"%PDF")
    return found


def pointed_at(page: Page) -> dict[str, bool]:
    """A chart tells its values at the pointer, and by the keys."""
    middle = page.value(MIDDLE)
    if not isinstance(middle, dict):
        return {}
    page.point(middle["x"], middle["y"])
    pointed = str(page.value(TIP))
    fits = page.value("document.documentElement.scrollWidth <= innerWidth")
    page.point(1, 1)
    left = page.value(TIP)
    page.value("document.querySelector('.plot').focus()")
    page.press("End")
    last = str(page.value(TIP))
    page.press("ArrowLeft")
    before = str(page.value(TIP))
    page.press("Escape")
    return {
        "tells a time and values at the pointer": "UTC" in pointed and len(pointed.splitlines()) >= 2,
        "is not made wider by what it tells": bool(fits),
        "is silent when the pointer is gone": left == "" and page.value(TIP) == "",
        "tells by the keys": "UTC" in last and "UTC" in before and last != before,
    }


def main() -> None:
    folder, *files = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    profile = folder / "scratch"
    profile.mkdir(exist_ok=True)
    try:
        with Chromium(profile) as browser:
            page = browser.page()
            for file in files:
                for key, value in looked_at(page, file.resolve(), folder).items():
                    if value not in (True, []):
                        print(file.name, *key, value)
    except NotRun as error:
        sys.exit(str(error))


if __name__ == "__main__":
    enter_virtual_environment()
    main()
