// The scores of all finds, and the cut, which can be dragged.

const width = 320, height = 96, left = 6, right = 6, bottom = 18, top = 14, bins = 40;
const x = score => left + score * (width - left - right);

export class Histogram {
  /** Called while the cut is dragged, and when it is let go. */
  onDrag = () => {};
  onCut = () => {};

  constructor(root) {
    this.root = root;
    this.finds = [];
    this.cut = 0;
    root.addEventListener("pointerdown", event => {
      root.setPointerCapture(event.pointerId);
      this.dragged = true;
      this.#drag(event);
    });
    root.addEventListener("pointermove", event => { if (this.dragged) this.#drag(event); });
    root.addEventListener("pointerup", () => {
      if (this.dragged) this.onCut(this.cut);
      this.dragged = false;
    });
  }

  #drag(event) {
    const box = this.root.querySelector("svg").getBoundingClientRect();
    const score = ((event.clientX - box.left) / box.width * width - left) / (width - left - right);
    this.cut = Math.round(Math.min(1, Math.max(0, score)) * 1000) / 1000;
    this.draw();
    this.onDrag(this.cut);
  }

  show(finds, cut) {
    this.finds = finds;
    if (!this.dragged) this.cut = cut;
    this.draw();
  }

  draw() {
    const counts = Array.from({ length: bins }, () => [0, 0]);
    for (const { score, pick } of this.finds) {
      counts[Math.min(bins - 1, Math.max(0, Math.floor(score * bins)))][pick ? 0 : 1]++;
    }
    const most = Math.max(1, ...counts.map(([a, b]) => a + b));
    // Square roots: a few picks beside a heap of others are to be seen.
    const tall = count => Math.sqrt(count / most) * (height - top - bottom);
    const bars = counts.map(([picks, rest], bin) => {
      const from = x(bin / bins) + 0.5, wide = x(1 / bins) - x(0) - 1, floor = height - bottom;
      return `<rect class="pick" x="${from}" y="${floor - tall(picks)}" width="${wide}" height="${tall(picks)}"/>`
        + `<rect class="rest" x="${from}" y="${floor - tall(picks + rest)}" width="${wide}" height="${tall(picks + rest) - tall(picks)}"/>`;
    }).join("");
    const ticks = [0, 0.25, 0.5, 0.75, 1].map(score =>
      `<text x="${x(score)}" y="${height - 4}" text-anchor="${score === 0 ? "start" : score === 1 ? "end" : "middle"}">${score}</text>`
    ).join("");
    const at = x(this.cut);
    this.root.innerHTML = `<svg viewBox="0 0 ${width} ${height}" role="img"
      aria-label="Scores of all finds; the most in a bar: ${most}">${bars}
      <line class="line" x1="${at}" x2="${at}" y1="2" y2="${height - bottom}"/>${ticks}
      <text x="${at > width - 70 ? at - 4 : at + 4}" y="11" text-anchor="${at > width - 70 ? "end" : "start"}">cut ${this.cut.toFixed(3)}</text></svg>`;
  }
}
