#!/usr/bin/env python3
"""tests/browser/heapview.t - the pages of heapview in a browser: every control, both
languages and themes, two traces, 100,000 events, and nothing in the console; and the page
of threads and messages.

usage: heapview.t [HEAPTRACE]     Prints TAP.  Caller: make test-browser.
"""
import os
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEAPVIEW = os.path.join(ROOT, "tools/heapview")
SAMPLES = os.path.join(ROOT, "tests/runner/heapview")
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), HEAPVIEW]

import model
import reader
from webdriver import Browser, BrowserError

JUMP_MS_MOST, LOAD_MS_MOST, PAGE_BYTES_MOST = 100, 5000, 6_000_000

# The blocks of all regions, as model.py has them.
BLOCKS = """return page.stages[0].heap.regions.map((region, number) => {
    const blocks = [];
    for (let at = 0; at < region.units; at += region.length[at])
        blocks.push([at * region.unit, region.length[at] * region.unit, region.state[at],
                     region.event[at]]);
    return blocks; });"""
# Jump, draw, fill the cards: how long in ms.
JUMP = """const start = performance.now(), stage = page.stages[0];
    page.player.jump(arguments[0]);
    stage.draw(performance.now());
    return performance.now() - start;"""
STATE_NUMBERS = {model.FREE: 1, model.USED: 2, model.UNKNOWN: 3}


class Tests:
    def __init__(self):
        self.count, self.failed = 0, 0

    def check(self, holds, name, said=""):
        self.count += 1
        self.failed += not holds
        print(f"{'ok' if holds else 'not ok'} {self.count} - {name}")
        if not holds:
            print(f"#   {said!r}")

    def equal(self, got, wanted, name):
        self.check(got == wanted, name, f"got {got}, wanted {wanted}")


def blocks_of(trace, position):
    """The model's blocks in the form of BLOCKS."""
    heap = model.Heap(trace, model.find_implied(trace)).run(position)
    return [[[at - region.start, region.blocks[at][0], STATE_NUMBERS[region.blocks[at][1]],
              -1 if region.blocks[at][2] is None else region.blocks[at][2]]
             for at in region.starts] for region in heap.regions]


def text(browser, selector):
    return browser.run("return document.querySelector(arguments[0]).textContent", selector)


def tick(browser):
    return browser.run("return page.player.tick")


def make_page(folder, name, *traces, command="html"):
    path = os.path.join(folder, name)
    subprocess.run([os.path.join(HEAPVIEW, "heapview"), command, *traces, "-o", path],
                   check=True)
    return path


def test_steps(tests, browser, url):
    browser.open(url + "#lang=en&theme=light")
    tests.equal(tick(browser), 6, "it begins behind the snapshot")
    tests.check("begins here" in text(browser, "#sentence"), "and says so")
    start = browser.run(BLOCKS)
    browser.click("#forward")
    tests.equal(tick(browser), 7, "the button goes one event on")
    tests.check("Allocated 4 KiB" in text(browser, "#sentence") and "fits exactly"
                in text(browser, "#sentence"), "the sentence tells what happened",
                text(browser, "#sentence"))
    tests.check("process_create" in text(browser, "#detail"), "and who asked")
    browser.click("#back")
    tests.equal(browser.run(BLOCKS), start, "one step back is as it was")
    browser.press("ArrowDown", "ArrowDown")
    tests.equal(tick(browser), 18, "the down key goes past an allocation's splits")
    tests.check("Allocated 1 KiB" in text(browser, "#sentence"), "to the allocation itself",
                text(browser, "#sentence"))
    browser.press("ArrowLeft")
    tests.check("Split 2 KiB" in text(browser, "#sentence"), "before it, the sentence tells of a "
                "split", text(browser, "#sentence"))
    browser.press("ArrowUp")
    tests.equal(tick(browser), 7, "the up key goes back by a request")
    browser.press("End")
    tests.equal(tick(browser), 71, "End goes to the end")
    browser.press("Home")
    tests.equal(tick(browser), 6, "Home goes to the beginning, behind the snapshot")
    browser.press("ArrowLeft")
    tests.equal(tick(browser), 6, "there is nothing before it")
    browser.press("Shift+ArrowRight")
    tests.equal(tick(browser), 71, "Shift and an arrow go a hundred events, at most to the end")
    browser.click("#first")
    tests.equal(browser.run(BLOCKS), start, "a button goes to the beginning")


def test_same_as_model(tests, browser, url, path, positions):
    trace = reader.read_trace(path)
    browser.open(url)
    for position in positions:
        browser.run("page.player.jump(arguments[0])", position)
        tests.check(browser.run(BLOCKS) == blocks_of(trace, position),
                    f"{os.path.basename(path)}: the blocks at {position} are the model's")


def test_playing(tests, browser, url):
    browser.open(url + "#lang=en")
    browser.run("page.player.setSpeed(5)")
    browser.press("]", "[", " ")
    tests.check(browser.run("return page.player.playing"), "space plays")
    moved = browser.wait("const done = arguments[0]; setTimeout(() => done(page.player.tick), 700)")
    tests.check(moved > 12, "the events go by", f"at {moved}")
    browser.press(" ")
    stopped = tick(browser)
    later = browser.wait("const done = arguments[0]; setTimeout(() => done(page.player.tick), 200)")
    tests.equal(later, stopped, "space pauses")
    browser.run("page.player.setSpeed(8); page.player.toggle()")
    browser.wait("const done = arguments[0]; setTimeout(done, 600)")
    tests.equal(browser.run("return [page.player.tick, page.player.playing]"), [71, False],
                "at the end it stops by itself")


def test_jump_and_find(tests, browser, url):
    browser.open(url + "#lang=en")
    browser.press("j", "3", "4", "Enter")
    tests.equal(tick(browser), 34, "J, a number, Enter jump")
    browser.press("/", *"0xffffffff80404010", "Enter", "Escape")
    tests.check("block in use: 1 KiB at 0xffffffff80404000" in text(browser, "#found"),
                "/ finds the block of an address", text(browser, "#found"))
    tests.check("process_create (hello)" in text(browser, "#found"), "and its owner")
    browser.run("find(page.focus, 'ffffffff80403070')")
    tests.check("object of 96 B" in text(browser, "#found"), "and an object in a slab",
                text(browser, "#found"))
    for wrong in ("0x1", "hello", ""):
        browser.run("find(page.focus, arguments[0] || ' ')", wrong)
        tests.check("No such address" in text(browser, "#found"), f"'{wrong}' is not found")
    browser.run("""const canvas = page.stages[0].canvas, box = canvas.getBoundingClientRect();
        for (const type of ['pointerdown', 'pointerup']) canvas.dispatchEvent(new PointerEvent(
            type, { clientX: box.left + 80, clientY: box.bottom - 40, pointerId: 1 }));""")
    tests.check("lies in" in text(browser, "#found"), "a click on the bar finds the block too")


def test_cards(tests, browser, url):
    browser.open(url + "#lang=en&at=71")
    tests.check("6 blocks and objects, 1472 B" in text(browser, "#leaks-told"),
                "what is still in use at the end is counted", text(browser, "#leaks-told"))
    browser.click("#leaks button")
    tests.check("Allocated 1 KiB" in text(browser, "#sentence"), "a leak leads to its allocation",
                text(browser, "#sentence"))
    browser.press("End")
    for kind, wanted in (("process", "heapdemo"), ("stack", "process_create ← loader_run"),
                         ("caller", "process_create")):
        browser.click(f"#by-{kind}")
        tests.check(wanted in text(browser, "#owners"), f"holders by {kind}",
                    text(browser, "#owners"))
    tests.check("32 KiB" in text(browser, "#free-lists"), "the free lists by size")
    browser.click("#around li:first-child button")
    tests.equal(tick(browser), 62, "an event of the list leads to it")
    browser.click("#chart")
    tests.check(30 < tick(browser) < 42, "a click into the chart goes there", tick(browser))


def test_language_and_theme(tests, browser, url):
    browser.open(url + "#lang=en&theme=light&at=21")
    english = text(browser, "body")
    browser.press("l")
    tests.check("一分为二" in text(browser, "#sentence"), "L: the sentence in Chinese")
    tests.equal(browser.run("return document.documentElement.lang"), "zh-CN", "the page says so")
    tests.check("谁占着堆" in text(browser, "main") and "Who holds" not in text(browser, "main"),
                "so is all else")
    tests.equal(browser.run("""return [...Object.keys(WORDS.en), ...Object.keys(SENTENCES.en)]
        .filter((key) => !(key in WORDS.zh) && !(key in SENTENCES.zh))"""), [],
                "nothing lacks its Chinese")
    browser.click("#language")
    tests.equal(text(browser, "body"), english, "and back")
    browser.press("t")
    tests.equal(browser.run("return document.documentElement.dataset.theme"), "dark", "T: dark")
    tests.check(browser.run("return getComputedStyle(document.body).backgroundColor")
                == "rgb(22, 25, 28)", "the paper is dark")
    browser.click("#theme")
    tests.equal(browser.run("return document.documentElement.dataset.theme"), "light", "light again")


def test_keys_and_names(tests, browser, url):
    browser.open(url + "#lang=en&at=21")
    browser.press("?")
    tests.check(browser.run("return document.getElementById('help').open"), "? opens the help")
    browser.press("ArrowRight")
    tests.equal(tick(browser), 21, "below it no key does anything")
    browser.press("Escape")
    tests.check(not browser.run("return document.getElementById('help').open"), "Esc closes it")
    browser.press("0")
    browser.wait("setTimeout(arguments[0], 500)")
    tests.equal(browser.run("const s = page.stages[0]; return [s.from, s.to]"), [0, 65536],
                "0 shows all")
    browser.press("+")
    browser.wait("setTimeout(arguments[0], 500)")
    half = browser.run("const s = page.stages[0]; return Math.round(s.to - s.from)")
    tests.equal(half, 32768, "+ shows half of it")
    browser.press("f", "ArrowRight")
    tests.check(browser.run("return page.stages[0].follows"), "F follows")
    tests.equal(browser.run("""return [...document.querySelectorAll('button, input, canvas')]
        .filter((e) => e.offsetParent && !(e.getAttribute('aria-label') || e.textContent
            || e.labels && e.labels.length)).map((e) => e.outerHTML)"""), [],
                "every control has a name")
    browser.press("Tab", "Tab")
    tests.check(browser.run("return getComputedStyle(document.activeElement).outlineWidth") == "3px",
                "the focus is seen")


def test_two(tests, browser, url):
    browser.open(url + "#lang=en&at=0")
    tests.equal(browser.run("return page.stages.length"), 2, "two traces have two stages")
    browser.press("j", *"7000", "Enter")
    tests.equal(browser.run("""return page.stages.map((stage) =>
        stage.trace.requestsAt(stage.heap.position))"""), [7000, 7000], "both are at one request")
    sums = browser.run("return page.stages.map((s) => s.trace.stepSums[7000])")
    tests.check(sums[1] > 100 * sums[0] > 0, "the crate's algorithm has looked at more", sums)
    tests.check(f"{sums[1]:,}" in text(browser, "#compare-table"), "the table says so")
    tests.check(f"{sums[0]:,}" in text(browser, "#sentence"), "and the sentence")
    browser.press("ArrowRight", "End")
    tests.equal(tick(browser), 8192, "End is the last request")
    browser.click("#which button:nth-child(2)")
    tests.check(browser.run("return page.focus === page.stages[1]"), "the cards show the second")


def test_lost(tests, browser, url):
    browser.open(url + "#lang=en&at=0")
    tests.check("1,234 older events were lost" in text(browser, "#detail"), "lost events are told")
    tests.check(browser.run("return page.stages[0].heap.totals('heap').unknown") > 0,
                "and some memory is unknown")


def rows(browser, part):
    return browser.run("""return [...document.querySelectorAll('#rows .row')]
        .filter((row) => row.querySelector(arguments[0])).map((row) => row.textContent)""", part)


def test_lanes(tests, browser, url):
    browser.open(url + "#lang=en&theme=light")
    tests.equal(browser.run("return [...document.querySelectorAll('.lane')].map((e) => e.textContent)"),
                ["init 4", "pingpong 8", "pingpong 11", "<b>tag 11"], "a lane for each thread")
    browser.run("document.getElementById('story').scrollTop = 260")
    browser.wait("setTimeout(arguments[0], 100)")
    arrows = rows(browser, ".arrow")
    tests.check(len(arrows) == 2 and "gets the message of pingpong 11" in arrows[0]
                and "answers pingpong 11" in arrows[1], "an arrow for each message", arrows)
    tests.equal(browser.run("""return [...document.querySelectorAll('.arrow')].map((arrow) =>
        Math.sign(arrow.getAttribute('d').split('H')[1] - /M(\\d+)/.exec(arrow.getAttribute('d'))[1]))"""),
                [-1, 1], "to who gets it")
    browser.click("#groups button:nth-child(2)")
    tests.check(text(browser, "#told").startswith("16 of 42"), "who runs can be left out",
                text(browser, "#told"))
    browser.click("#groups button:nth-child(3)")
    tests.equal(len(rows(browser, "svg")), 7, "handles too: the messages are left")
    browser.click("#processes button:nth-child(2)")
    tests.check(text(browser, "#told").startswith("0 of 42"), "and processes", text(browser, "#told"))
    browser.click("#processes button:nth-child(2)")
    tests.equal(len(rows(browser, "svg")), 7, "they come back")
    browser.press("l")
    tests.check("收到 pingpong 11 的消息" in text(browser, "#rows")
                and "gets the" not in text(browser, "body main"), "L: in Chinese")
    browser.press("t")
    tests.equal(browser.run("return document.documentElement.dataset.theme"), "dark", "T: dark")
    tests.equal(browser.run("""return [...document.querySelectorAll('button')].filter((e) =>
        !e.textContent && !e.getAttribute('aria-label')).length"""), 0, "every button has a name")


def test_many_lanes(tests, browser, url, nr_notes):
    browser.open(url + "#lang=en")
    tests.check(f"{nr_notes:,} of {nr_notes:,}" in text(browser, "#told"), "all notes are there",
                text(browser, "#told"))
    tests.check(browser.run("return document.querySelectorAll('#rows .row').length") < 100,
                "those in sight are elements")
    browser.run("const story = document.getElementById('story'); story.scrollTop = story.scrollHeight")
    browser.wait("setTimeout(arguments[0], 100)")
    tests.check("thread 9 label 99" not in text(browser, "#rows")
                and f"label {nr_notes - 2}" in text(browser, "#rows"), "the last one can be seen")


def write_notes(path, nr_notes):
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"trace 1 begin events=0 lost=0\ntrace 1 notes {nr_notes}\n")
        for n in range(nr_notes):
            note = f"receive thread {1 + (n + 1) % 50} label {n}" if n % 2 == 0 else "run"
            file.write(f"trace 1 note {n} {n} 1 {1 + n % 50} {n % 4} {note}\n")
        file.write("trace 1 end events=0\n")


def test_many(tests, browser, path, url):
    size = os.path.getsize(path)
    tests.check(size < PAGE_BYTES_MOST, f"100,000 events: {size:,} bytes of page")
    browser.open(url)
    load = browser.run("return performance.getEntriesByType('navigation')[0].duration")
    tests.check(load < LOAD_MS_MOST, f"loaded in {load:.0f} ms")
    count = browser.run("return page.player.last")
    tests.check(count >= 100_000, f"all {count:,} are there")
    times = sorted(browser.run(JUMP, (k * 7919 + 13) * 6007 % count) for k in range(50))
    tests.check(times[25] < JUMP_MS_MOST, f"a jump takes {times[25]:.0f} ms "
                f"(of 50 the longest {times[-1]:.0f} ms)")


def run(tests, browser, folder, heaptrace):
    sample, lost = (os.path.join(SAMPLES, name) for name in ("sample.trace", "lost.trace"))
    traces = {}
    for name, allocator, workload in (("many", "buddy", "W1"), ("firstfit", "firstfit", "W4"),
                                      ("ours", "buddy", "W2"), ("crate", "crate", "W2")):
        traces[name] = os.path.join(folder, name + ".trace")
        with open(traces[name], "w", encoding="utf-8") as file:
            subprocess.run([heaptrace, "--allocator", allocator, "--workload", workload,
                            "--events", "100000"], check=True, stdout=file)
    url = "file://" + make_page(folder, "sample.html", sample)
    for test in (test_steps, test_playing, test_jump_and_find, test_cards,
                 test_language_and_theme, test_keys_and_names):
        test(tests, browser, url)
    lost_url = "file://" + make_page(folder, "lost.html", lost)
    test_lost(tests, browser, lost_url)
    test_two(tests, browser, "file://" + make_page(folder, "two.html", traces["ours"],
                                                   traces["crate"]))
    many = make_page(folder, "many.html", traces["many"])
    test_many(tests, browser, many, "file://" + many)
    test_same_as_model(tests, browser, url, sample, [71, 40, 7])
    test_same_as_model(tests, browser, lost_url, lost, [0, 4, 9])
    test_same_as_model(tests, browser, "file://" + many, traces["many"], [90_000, 1_500])
    test_same_as_model(tests, browser, "file://" + make_page(folder, "f.html", traces["firstfit"]),
                       traces["firstfit"], [50_000, 100_000])
    notes = os.path.join(SAMPLES, "notes.trace")
    test_lanes(tests, browser, "file://" + make_page(folder, "lanes.html", notes, command="lanes"))
    write_notes(os.path.join(folder, "notes.trace"), 50_000)
    lanes = make_page(folder, "l.html", os.path.join(folder, "notes.trace"), command="lanes")
    test_many_lanes(tests, browser, "file://" + lanes, 50_000)
    complaints = browser.complaints()
    tests.check(not complaints, "nothing in the console", complaints)


def main(arguments):
    heaptrace = arguments[0] if arguments else os.path.join(ROOT, "build/host/plain/heaptrace")
    tests = Tests()
    try:
        browser = Browser()
    except BrowserError as error:
        print(f"1..0 # SKIP {error}" if "no chromedriver" in str(error) else f"Bail out! {error}")
        return 0 if "no chromedriver" in str(error) else 1
    try:
        with tempfile.TemporaryDirectory() as folder:
            run(tests, browser, folder, heaptrace)
    finally:
        browser.close()
    print(f"1..{tests.count}")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
