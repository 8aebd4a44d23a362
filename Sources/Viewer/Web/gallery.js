// All finds, best first: three small sections of each with its outline, its score and its size.

import * as api from "./api.js";
import { onSlice, colours } from "./masks.js";

export const key = place => place.join(",");

export class Gallery {
  /** Called with the find that is chosen, and with what is decided of one. */
  onSelect = () => {};
  onJudge = () => {};

  constructor(root, views) {
    Object.assign(this, { root, views, finds: [], cards: new Map(), side: 48, selected: null });
    this.watcher = new IntersectionObserver(entries => {
      for (const entry of entries) if (entry.isIntersecting) this.#paint(entry.target);
    }, { root, rootMargin: "200px" });
    root.addEventListener("click", event => {
      const card = event.target.closest(".card");
      if (!card) return;
      const find = card.find;
      if (event.target.matches(".keep")) this.onJudge(find, find.verdict === true ? null : true);
      else if (event.target.matches(".out")) this.onJudge(find, find.verdict === false ? null : false);
      this.select(find);
    });
    root.addEventListener("keydown", event => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      this.step(step);
    });
  }

  /** Shows `finds`; `masks` are theirs, in their order. */
  show(finds, masks) {
    this.finds = finds;
    const size = finds.length ? Math.max(...finds.slice(0, 20).map(find => Math.cbrt(find.voxels * 6 / Math.PI))) : 20;
    const side = Math.min(128, Math.max(24, 2 * Math.round(size)));
    if (side !== this.side) { this.side = side; this.cards.clear(); }
    const cards = new Map();
    for (const [number, find] of finds.entries()) {
      const name = key(find.place);
      const card = this.cards.get(name) ?? this.#card();
      if (card.mask !== masks[number]) card.painted = false;
      card.mask = masks[number];
      card.find = find;
      this.#update(card);
      cards.set(name, card);
      this.watcher.observe(card);
    }
    this.cards = cards;
    const order = [...cards.values()];
    const shown = this.root.children;
    if (order.length !== shown.length || order.some((card, number) => card !== shown[number])) {
      this.root.replaceChildren(...order);
    }
    for (const card of cards.values()) if (!card.painted && isVisible(card, this.root)) this.#paint(card);
  }

  #card() {
    const card = document.createElement("div");
    card.className = "card";
    card.setAttribute("role", "option");
    card.innerHTML = `<canvas></canvas><div><span></span>
      <button class="keep" title="Keep (k)" aria-label="Keep">&#10003;</button>
      <button class="out" title="Throw out (x)" aria-label="Throw out">&#10007;</button></div>`;
    return card;
  }

  #update(card) {
    const find = card.find;
    card.classList.toggle("pick", find.pick);
    card.classList.toggle("selected", this.selected === key(find.place));
    card.setAttribute("aria-selected", this.selected === key(find.place));
    card.dataset.place = key(find.place);
    card.querySelector("span").textContent = `${find.score.toFixed(3)} · ${find.size.toFixed(2)}×`;
    card.title = `score ${find.score.toFixed(3)}: cosine ${find.cosine.toFixed(3)}, correlation `
      + `${find.correlation.toFixed(3)}, profile distance ${find.profile.toFixed(3)}; ${find.voxels} voxels`
      + (find.unwanted ? "; more like what picks must not be" : "") + (find.border ? "; touches the border" : "");
    card.querySelector(".keep").setAttribute("aria-pressed", find.verdict === true);
    card.querySelector(".out").setAttribute("aria-pressed", find.verdict === false);
  }

  async #paint(card) {
    if (card.painted || !card.mask) return;
    card.painted = true;
    const { side } = this;
    const at = card.find.place;
    let pixels;
    try {
      pixels = await api.bytes(`sections?at=${at.join(",")}&side=${side}`);
    } catch {
      card.painted = false;
      return;
    }
    const canvas = card.querySelector("canvas");
    canvas.width = 3 * side + 2;
    canvas.height = side;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, side);
    const words = new Uint32Array(image.data.buffer);
    const { table } = this.views;
    const [x, y, z] = at;
    const half = side >> 1;
    [["z", z, y, x], ["y", y, z, x], ["x", x, z, y]].forEach(([axis, index, row, column], number) => {
      const left = number * (side + 1);
      for (let i = 0; i < side * side; i++) {
        words[Math.floor(i / side) * canvas.width + left + i % side] = table[pixels[number * side * side + i]];
      }
      const own = new Set();
      onSlice(card.mask, axis, index, (r, c) => own.add((r - row + half) * 4096 + c - column + half));
      const [red, green, blue] = colours.kind(card.find.kind);
      for (const place of own) {
        const [r, c] = [Math.floor(place / 4096), place % 4096];
        const isInside = own.has(place - 1) && own.has(place + 1) && own.has(place - 4096) && own.has(place + 4096);
        if (!isInside && r >= 0 && c >= 0 && r < side && c < side) {
          words[r * canvas.width + left + c] = (255 << 24 | blue << 16 | green << 8 | red) >>> 0;
        }
      }
    });
    context.putImageData(image, 0, 0);
  }

  /** Repaints all sections: the contrast has changed. */
  repaint() {
    for (const card of this.cards.values()) {
      card.painted = false;
      if (isVisible(card, this.root)) this.#paint(card);
    }
  }

  select(find) {
    this.selected = find ? key(find.place) : null;
    for (const card of this.cards.values()) this.#update(card);
    this.cards.get(this.selected)?.scrollIntoView({ block: "nearest" });
    if (find) this.onSelect(find);
  }

  get current() { return this.finds.find(find => key(find.place) === this.selected) ?? null; }

  /** Selects the find `step` places after the one that is selected. */
  step(step) {
    if (!this.finds.length) return;
    const now = this.finds.findIndex(find => key(find.place) === this.selected);
    this.select(this.finds[Math.min(this.finds.length - 1, Math.max(0, now < 0 ? 0 : now + step))]);
  }
}

function isVisible(card, root) {
  const [a, b] = [card.getBoundingClientRect(), root.getBoundingClientRect()];
  return a.bottom > b.top - 200 && a.top < b.bottom + 200;
}
