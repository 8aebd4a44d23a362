// Three slices through one voxel, linked: across z (x to the right, y down), across x (z to the right, y down) and
// across y (x to the right, z down).

import * as api from "./api.js";
import { draw } from "./masks.js";

const sides = { z: ["y", "x"], y: ["z", "x"], x: ["z", "y"] };  // rows and columns of a slice
const across = { z: ["x", "y"], y: ["x", "z"], x: ["z", "y"] };  // to the right and down, on the screen
const mostBytes = 192 << 20;

/** The slices that came, the least recently used going first. */
class Slices {
  #kept = new Map();
  #coming = new Map();
  #bytes = 0;

  get(path) {
    const slice = this.#kept.get(path);
    if (slice) { this.#kept.delete(path); this.#kept.set(path, slice); }
    return slice;
  }

  /** Fetches a slice, unless it is here or coming. */
  fetch(path) {
    if (this.#kept.has(path)) return Promise.resolve(this.#kept.get(path));
    if (!this.#coming.has(path)) {
      this.#coming.set(path, api.bytes(path).then(slice => {
        this.#kept.set(path, slice);
        this.#bytes += slice.length;
        for (const [old, { length }] of this.#kept) {
          if (this.#bytes <= mostBytes || old === path) break;
          this.#kept.delete(old);
          this.#bytes -= length;
        }
        return slice;
      }).finally(() => this.#coming.delete(path)));
    }
    return this.#coming.get(path);
  }

  get coming() { return this.#coming.size; }
}

export class Views {
  /** Where things are. Set by `moveTo`. */
  cursor;
  /** Called with the voxel that was clicked. */
  onClick = () => {};
  /** Whether a drag draws a box, and what is called with it: the slice and two corners, each a row and a column. */
  drawsBoxes = false;
  onBox = () => {};
  onMove = () => {};
  /** `{mask, colour}` */
  masks = [];
  /** `{point, colour, shape}` */
  glyphs = [];
  showsMasks = true;

  constructor(volume, root) {
    const [depth, height, width] = volume.shape;
    this.size = { x: width, y: height, z: depth };
    this.volume = volume;
    this.cursor = { x: width >> 1, y: height >> 1, z: depth >> 1 };
    this.centre = { x: (width - 1) / 2, y: (height - 1) / 2, z: (depth - 1) / 2 };
    this.slices = new Slices();
    this.slab = 1;
    this.step = { x: 1, y: 1, z: 1 };
    root.style.setProperty("--wide", `${width}fr`);
    root.style.setProperty("--high", `${height}fr`);
    root.style.setProperty("--deep", `${Math.max(depth, 0.22 * Math.max(width, height))}fr`);
    this.planes = [...root.querySelectorAll("canvas[data-axis]")].map(canvas => this.#plane(canvas));
    this.contrast(0.5, 99.5);
    new ResizeObserver(() => this.#resize()).observe(root);
    this.#resize(true);
  }

  #plane(canvas) {
    const axis = canvas.dataset.axis;
    const [rows, columns] = sides[axis].map(side => this.size[side]);
    const layer = () => {
      const sheet = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
      const context = sheet.getContext("2d");
      const image = context.createImageData(columns, rows);
      return { sheet, context, image, pixels: new Uint32Array(image.data.buffer), shown: "" };
    };
    // The slice is on a canvas of its own, so that it need not be drawn again when only the cursor moves.
    const ground = canvas.previousElementSibling;
    const plane = { axis, canvas, ground, rows, columns, grey: layer(), marks: layer(), marked: false, drawn: "",
      context: canvas.getContext("2d"), below: ground.getContext("2d", { alpha: false }) };
    this.#listen(plane);
    return plane;
  }

  #listen(plane) {
    const { canvas, axis } = plane;
    let from = null;
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(-event.deltaY / 300), plane, event);
      else this.next(axis, event.deltaY > 0 ? 1 : -1);
    }, { passive: false });
    canvas.addEventListener("pointerdown", event => {
      from = { x: event.offsetX, y: event.offsetY, moved: false };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", event => {
      if (!from) return;
      const [dx, dy] = [event.offsetX - from.x, event.offsetY - from.y];
      if (!from.moved && Math.hypot(dx, dy) < 4) return;
      if (this.drawsBoxes) {
        from.moved = true;
        this.box = { axis, from: [from.x, from.y], to: [event.offsetX, event.offsetY] };
        this.redraw();
        return;
      }
      from = { x: event.offsetX, y: event.offsetY, moved: true };
      const [right, down] = across[axis];
      this.centre[right] -= dx / this.scale;
      this.centre[down] -= dy / this.scale;
      this.redraw();
    });
    canvas.addEventListener("pointerup", event => {
      if (from && !from.moved) this.#click(plane, event);
      if (this.box) this.#boxed(plane);
      from = null;
    });
    canvas.addEventListener("pointercancel", () => { from = null; this.box = null; this.redraw(); });
    canvas.addEventListener("keydown", event => {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, -1], ArrowDown: [1, 1] }[event.key];
      if (step) {
        this.next(across[axis][step[0]], step[1]);
      } else if (event.key === "]" || event.key === "PageDown") this.next(axis, 1);
      else if (event.key === "[" || event.key === "PageUp") this.next(axis, -1);
      else if (event.key === "+" || event.key === "=") this.zoom(1.25);
      else if (event.key === "-") this.zoom(0.8);
      else if (event.key === "0") this.fit();
      else return;
      event.preventDefault();
    });
  }

  #click(plane, event) {
    const [right, down] = across[plane.axis];
    const point = { ...this.cursor };
    point[right] = Math.round(this.#voxel(plane, right, event.offsetX, plane.canvas.clientWidth));
    point[down] = Math.round(this.#voxel(plane, down, event.offsetY, plane.canvas.clientHeight));
    if ([right, down].some(side => point[side] < 0 || point[side] >= this.size[side])) return;
    this.moveTo(point);
    this.onClick(point);
  }

  /** The box that was drawn, in voxels of its slice. */
  #boxed(plane) {
    const { axis, from, to } = this.box;
    this.box = null;
    this.redraw();
    const [right, down] = across[axis];
    const corner = ([x, y]) => {
      const at = { [right]: this.#voxel(plane, right, x, plane.canvas.clientWidth),
        [down]: this.#voxel(plane, down, y, plane.canvas.clientHeight) };
      return sides[axis].map(side => Math.round(at[side] * 10) / 10);
    };
    this.onBox({ axis, index: this.cursor[axis], from: corner(from), to: corner(to) });
  }

  #voxel(plane, side, offset, length) { return this.centre[side] + (offset - length / 2) / this.scale; }

  /** Moves the cursor, and what is seen if it would not be. */
  moveTo(point, { centred = false } = {}) {
    for (const side of ["x", "y", "z"]) {
      const to = Math.min(this.size[side] - 1, Math.max(0, Math.round(point[side])));
      if (to !== this.cursor[side]) this.step[side] = to > this.cursor[side] ? 1 : -1;
      this.cursor[side] = to;
      if (centred && this.scale > this.fitted * 1.01) this.centre[side] = to;
    }
    this.onMove(this.cursor);
    this.redraw();
  }

  /** The next slice across `axis`. */
  next(axis, step) { this.moveTo({ ...this.cursor, [axis]: this.cursor[axis] + step }); }

  zoom(factor, plane, event) {
    const scale = Math.min(40, Math.max(this.fitted * 0.5, this.scale * factor));
    if (plane) {
      const [right, down] = across[plane.axis];
      for (const [side, offset, length] of [[right, event.offsetX, plane.canvas.clientWidth],
        [down, event.offsetY, plane.canvas.clientHeight]]) {
        const fixed = this.#voxel(plane, side, offset, length);
        this.centre[side] = fixed - (offset - length / 2) / scale;
      }
    }
    this.scale = scale;
    this.redraw();
  }

  fit() {
    const plane = this.planes[0];
    this.fitted = Math.min(plane.canvas.clientWidth / this.size.x, plane.canvas.clientHeight / this.size.y) || 1;
    this.scale = this.fitted;
    for (const side of ["x", "y", "z"]) this.centre[side] = (this.size[side] - 1) / 2;
    this.redraw();
  }

  /** What is black and what is white, as percentiles of the voxels. */
  contrast(low, high) {
    const counts = this.volume.counts;
    const all = counts.reduce((sum, count) => sum + count, 0);
    const value = percent => {
      let sum = 0;
      const rank = all * percent / 100;
      for (let i = 0; i < 256; i++) {
        if (sum + counts[i] >= rank) return i + (counts[i] ? (rank - sum) / counts[i] : 0) - 0.5;
        sum += counts[i];
      }
      return 255.5;
    };
    const [from, to] = [value(low), value(high)];
    this.table = new Uint32Array(256);
    for (let i = 0; i < 256; i++) {
      const grey = Math.round(Math.min(1, Math.max(0, (i - from) / Math.max(1, to - from))) * 255);
      this.table[i] = (255 << 24 | grey << 16 | grey << 8 | grey) >>> 0;
    }
    for (const plane of this.planes) plane.grey.shown = "";
    this.redraw();
  }

  setSlab(slab) { this.slab = slab; this.redraw(); }

  /** The masks or the marks have changed. */
  changed() {
    for (const plane of this.planes) plane.marks.shown = "";
    this.redraw();
  }

  #resize(first = false) {
    const wasFitted = first || this.scale <= this.fitted * 1.01;
    for (const plane of this.planes) {
      const { canvas, ground } = plane;
      canvas.width = ground.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
      canvas.height = ground.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
      plane.drawn = "";
    }
    if (wasFitted) this.fit(); else this.redraw();
  }

  redraw() {
    this.waits ??= requestAnimationFrame(() => {
      this.waits = null;
      for (const plane of this.planes) this.#draw(plane);
    });
  }

  #path(axis, index) { return `slice/${axis}/${index}` + (this.slab > 1 ? `?slab=${this.slab}` : ""); }

  /** Whether all three slices at the cursor are on the screen. */
  get isShown() {
    return !this.waits && this.planes.every(({ axis, grey }) => grey.shown === this.#path(axis, this.cursor[axis]));
  }

  #draw(plane) {
    const { axis, grey, marks, rows, columns } = plane;
    const index = this.cursor[axis];
    const path = this.#path(axis, index);
    const slice = this.slices.get(path);
    if (!slice) {
      this.slices.fetch(path).then(() => this.redraw(), error => this.onError?.(error));
    } else if (grey.shown !== path) {
      const { pixels } = grey;
      const table = this.table;
      for (let i = 0; i < slice.length; i++) pixels[i] = table[slice[i]];
      grey.context.putImageData(grey.image, 0, 0);
      grey.shown = path;
      plane.drawn = "";
      this.#prefetch(axis, index);
    }
    if (slice && marks.shown !== path) {
      if (plane.marked) marks.pixels.fill(0);
      const some = this.showsMasks && draw(this.masks, axis, index, marks.pixels, rows, columns);
      if (some || plane.marked) marks.context.putImageData(marks.image, 0, 0);
      if (some || plane.marked) plane.drawn = "";
      plane.marked = some;
      marks.shown = path;
    }
    this.#compose(plane);
  }

  /** Fetches the slices that come next, in the direction of the last step. */
  #prefetch(axis, index) {
    for (let n = 1; n <= 6; n++) {
      const next = index + n * this.step[axis];
      if (next < 0 || next >= this.size[axis] || this.slices.coming > 6) return;
      this.slices.fetch(this.#path(axis, next)).catch(() => {});
    }
  }

  /** The slice, where it is to be. */
  #ground(plane, left, top, scale) {
    const { axis, ground, below, grey, marks, marked } = plane;
    const drawn = `${left} ${top} ${scale}`;
    if (plane.drawn === drawn) return;
    plane.drawn = drawn;
    below.setTransform(1, 0, 0, 1, 0, 0);
    below.fillStyle = "#000";
    below.fillRect(0, 0, ground.width, ground.height);
    below.imageSmoothingEnabled = this.scale < 3;
    // The slice across x lies on its side: its rows go to the right.
    if (axis === "x") below.setTransform(0, scale, scale, 0, left, top);
    else below.setTransform(scale, 0, 0, scale, left, top);
    below.drawImage(grey.sheet, 0, 0);
    below.imageSmoothingEnabled = false;
    if (marked) below.drawImage(marks.sheet, 0, 0);
  }

  #compose(plane) {
    const { axis, canvas, context } = plane;
    const ratio = devicePixelRatio;
    const [right, down] = across[axis];
    const scale = this.scale * ratio;
    const place = (side, value) =>
      (value - this.centre[side]) * scale + (side === right ? canvas.width : canvas.height) / 2;
    this.#ground(plane, place(right, -0.5), place(down, -0.5), scale);
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.#cross(context, canvas, place(right, this.cursor[right]), place(down, this.cursor[down]), ratio);
    for (const { point, colour, shape, reach } of this.glyphs) {
      if (Math.abs(point[axis] - this.cursor[axis]) <= reach) {
        glyph(context, place(right, point[right]), place(down, point[down]), colour, shape, ratio);
      }
    }
    if (this.box?.axis === axis) {
      const [[x, y], [right, down]] = [this.box.from, this.box.to];
      context.lineWidth = 2 * ratio;
      for (const [colour, dash] of [["#000", []], ["#fff", [5 * ratio, 4 * ratio]]]) {
        context.strokeStyle = colour;
        context.setLineDash(dash);
        context.strokeRect(x * ratio, y * ratio, (right - x) * ratio, (down - y) * ratio);
      }
      context.setLineDash([]);
    }
    this.#legend(context, canvas, axis, right, ratio);
  }

  /** The cursor: lines that leave the middle free. */
  #cross(context, canvas, x, y, ratio) {
    const gap = 14 * ratio;
    context.strokeStyle = "rgba(255, 255, 255, 0.45)";
    context.lineWidth = ratio;
    context.beginPath();
    context.moveTo(x, 0); context.lineTo(x, y - gap);
    context.moveTo(x, y + gap); context.lineTo(x, canvas.height);
    context.moveTo(0, y); context.lineTo(x - gap, y);
    context.moveTo(x + gap, y); context.lineTo(canvas.width, y);
    context.stroke();
  }

  /** Which slice it is, and a bar of known length. */
  #legend(context, canvas, axis, right, ratio) {
    context.font = `${12 * ratio}px system-ui, sans-serif`;
    context.textBaseline = "top";
    label(context, `${axis} ${this.cursor[axis]} of ${this.size[axis] - 1}`, 6 * ratio, 6 * ratio, ratio);
    const size = this.volume.voxelSize;
    const [each, unit] = size ? [size["xyz".indexOf(right)] / 10, "nm"] : [1, "voxels"];
    const most = canvas.width * 0.4 / (this.scale * ratio) * each;
    const power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map(n => n * power).find(n => n <= most) ?? power;
    const pixels = length / each * this.scale * ratio;
    const [x, y] = [8 * ratio, canvas.height - 10 * ratio];
    context.fillStyle = "#000";
    context.fillRect(x - ratio, y - ratio, pixels + 2 * ratio, 5 * ratio);
    context.fillStyle = "#fff";
    context.fillRect(x, y, pixels, 3 * ratio);
    label(context, `${+length.toPrecision(2)} ${unit}`, x, y - 17 * ratio, ratio);
  }
}

function label(context, text, x, y, ratio) {
  context.lineWidth = 3 * ratio;
  context.lineJoin = "round";
  context.strokeStyle = "rgba(0, 0, 0, 0.8)";
  context.strokeText(text, x, y);
  context.fillStyle = "#fff";
  context.fillText(text, x, y);
}

function glyph(context, x, y, [r, g, b], shape, ratio) {
  const s = 7 * ratio;
  const path = new Path2D();
  if (shape === "plus") { path.moveTo(x - s, y); path.lineTo(x + s, y); path.moveTo(x, y - s); path.lineTo(x, y + s); }
  if (shape === "times") {
    path.moveTo(x - s, y - s); path.lineTo(x + s, y + s); path.moveTo(x + s, y - s); path.lineTo(x - s, y + s);
  }
  if (shape === "ring") path.arc(x, y, s * 0.7, 0, 2 * Math.PI);
  context.lineWidth = 4 * ratio;
  context.strokeStyle = "rgba(0, 0, 0, 0.75)";
  context.stroke(path);
  context.lineWidth = 2 * ratio;
  context.strokeStyle = `rgb(${r}, ${g}, ${b})`;
  context.stroke(path);
}
