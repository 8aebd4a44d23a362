#!/usr/bin/env python3
"""How fast the viewer's slices follow one another in headless Chromium, and what memory the server takes.

  tools/measure_scrolling.py WORK_FOLDER --program .build/release/cryosam [--size 1024,1024,256] [--steps 200]

A volume of bytes is made in WORK_FOLDER, once. For each axis the cursor goes on by one slice as soon as the one before is on the
screen; a frame is the time from one to the next, of which there is none under 16.7 ms at 60 frames a second. Chromium and its
driver are Debian's `chromium` and `chromium-driver`. Ends with 1 if the median of any axis is over --limit milliseconds.
Only the standard library is used.
"""

import argparse
import json
import random
import statistics
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

SCRIPT = """
const done = arguments[0], views = viewer.views, times = [];
const frame = () => new Promise(go => requestAnimationFrame(go));
(async () => {
  views.moveTo({ x: 20, y: 20, z: 20 });
  while (!views.isShown) await frame();
  for (let n = 0; n < STEPS; n++) {
    const start = performance.now();
    views.next("AXIS", 1);
    do await frame(); while (!views.isShown);
    times.push(performance.now() - start);
  }
  done(times);
})();
"""


def make_volume(path: Path, width: int, height: int, depth: int) -> None:
    """A volume of bytes (MRC mode 0): noise that a little of is repeated from slice to slice."""
    header = bytearray(1024)
    struct.pack_into("<4i", header, 0, width, height, depth, 0)
    struct.pack_into("<3i", header, 28, width, height, depth)
    struct.pack_into("<6f", header, 40, 10.0 * width, 10.0 * height, 10.0 * depth, 90, 90, 90)
    struct.pack_into("<3i", header, 64, 1, 2, 3)
    struct.pack_into("<3f", header, 76, -60, 60, 0)
    header[208:216] = b"MAP \x44\x44\x00\x00"
    noise = random.Random(1)
    row = bytes(noise.randrange(196, 256) if noise.random() < 0.5 else noise.randrange(0, 60) for _ in range(1 << 16))
    plane = (row * (2 * width * height // len(row) + 2))[: 2 * width * height]
    with path.open("wb") as file:
        file.write(header)
        for _ in range(depth):
            start = noise.randrange(width * height)
            file.write(plane[start : start + width * height])


class Browser:
    def __init__(self, driver: str, port: int, width: int, height: int) -> None:
        self.process = subprocess.Popen([driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.base = f"http://127.0.0.1:{port}"
        for _ in range(200):
            try:
                self.call("/status")
                break
            except OSError:
                time.sleep(0.05)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--window-size={width},{height}"]
        options = {"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}}
        self.base += "/session/" + self.call("/session", {"capabilities": options})["sessionId"]
        self.call("/timeouts", {"script": 600_000})

    def call(self, path: str, body: dict | None = None, method: str | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + path, data=data, headers={"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.loads(answer.read())["value"]

    def run(self, script: str):
        return self.call("/execute/sync", {"script": script, "args": []})

    def close(self) -> None:
        self.call("", method="DELETE")
        self.process.terminate()
        self.process.wait()


def memory(process: int) -> int:
    """The most memory that a process held, in kB: what is resident, mapped files included."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--program", default=".build/release/cryosam")
    parser.add_argument("--driver", default="chromedriver")
    parser.add_argument("--port", type=int, default=9519, help="of the driver")
    parser.add_argument("--size", default="1024,1024,256", help="of the volume: x,y,z")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--window", default="1400,900")
    parser.add_argument("--memory-limit", default=None, help="passed on, in GB")
    parser.add_argument("--limit", type=float, default=33.0, help="milliseconds that the median may be")
    options = parser.parse_args()
    width, height, depth = map(int, options.size.split(","))
    options.folder.mkdir(parents=True, exist_ok=True)
    volume = options.folder / f"bytes-{width}-{height}-{depth}.mrc"
    if not volume.exists():
        make_volume(volume, width, height, depth)
    command = [options.program, "view", str(volume), "--no-browser"]
    if options.memory_limit:
        command += ["--memory-limit", options.memory_limit]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    browser = None
    passed = True
    try:
        address = server.stdout.readline().strip()
        browser = Browser(options.driver, options.port, *map(int, options.window.split(",")))
        browser.call("/url", {"url": address})
        while not browser.run("return !!(window.viewer && viewer.views.isShown)"):
            time.sleep(0.1)
        for axis, count in (("z", depth), ("x", width), ("y", height)):
            steps = min(options.steps, count - 21)
            script = SCRIPT.replace("STEPS", str(steps)).replace("AXIS", axis)
            times = sorted(browser.call("/execute/async", {"script": script, "args": []}))
            median = statistics.median(times)
            passed = passed and median <= options.limit
            tail = times[int(0.95 * (len(times) - 1))]
            print(f"{axis}: {steps} slices, median {median:.1f} ms, 95 % under {tail:.1f}, most {times[-1]:.1f}", flush=True)
        print(f"server: at most {memory(server.pid) / 1e6:.2f} GB resident, the mapped volume included")
    finally:
        if browser:
            browser.close()
        server.terminate()
        server.wait()
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
