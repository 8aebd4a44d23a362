// The particles in three dimensions, turned by mouse and keys. A particle is drawn as the voxels of its surface, each a small
// disc that is lit by the direction in which the particle ends there.

const vertexShader = `
  attribute vec3 place, normal;
  uniform mat3 turn;
  uniform vec2 zoom;
  uniform float depth, size;
  varying vec3 facing;
  void main() {
    vec3 at = turn * place;
    facing = turn * normal;
    gl_Position = vec4(at.x * zoom.x, -at.y * zoom.y, at.z * depth, 1.0);
    gl_PointSize = size;
  }`;
const fragmentShader = `
  precision mediump float;
  uniform vec3 colour;
  uniform bool isLine;
  varying vec3 facing;
  void main() {
    if (isLine) { gl_FragColor = vec4(colour, 1.0); return; }
    vec2 from = gl_PointCoord - 0.5;
    if (dot(from, from) > 0.25) discard;
    float light = 0.35 + 0.65 * max(0.0, dot(normalize(facing), normalize(vec3(-0.4, -0.6, -1.0))));
    gl_FragColor = vec4(colour * light, 1.0);
  }`;

export class Solid {
  #surfaces = new WeakMap();
  #parts = [];

  constructor(root, volume) {
    const [depth, height, width] = volume.shape;
    const size = volume.voxelSize ?? [1, 1, 1];
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.sides = [width, height, depth];
    // Places are in voxels along x, so that those that are no cubes look as they are.
    this.each = size.map(one => one / size[0]);
    this.reach = Math.hypot(...this.sides.map((side, n) => side * this.each[n])) / 2;
    Object.assign(this, { yaw: -0.5, pitch: 0.35, zoom: 1 });
    const context = this.canvas.getContext("webgl", { antialias: true });
    if (!context || !this.#prepare(context)) return this.#give();
    this.gl = context;
    this.canvas.addEventListener("webglcontextlost", () => this.#give());
    this.#listen();
    new ResizeObserver(() => this.redraw()).observe(root);
  }

  /** Says that there will be no picture. */
  #give() {
    this.gl = null;
    const text = document.createElement("p");
    text.textContent = "This browser has no WebGL: there is no picture in three dimensions.";
    this.canvas.replaceWith(text);
    this.root.querySelector("button").hidden = true;
  }

  #prepare(gl) {
    const program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertexShader], [gl.FRAGMENT_SHADER, fragmentShader]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return false;
    gl.useProgram(program);
    gl.enable(gl.DEPTH_TEST);
    gl.clearColor(0.05, 0.06, 0.08, 1);
    this.names = Object.fromEntries(["turn", "zoom", "depth", "size", "colour", "isLine"].map(name =>
      [name, gl.getUniformLocation(program, name)]));
    this.attributes = ["place", "normal"].map(name => gl.getAttribLocation(program, name));
    for (const attribute of this.attributes) gl.enableVertexAttribArray(attribute);
    const corners = [0, 1, 2, 3, 4, 5, 6, 7].map(n => [n & 1, n >> 1 & 1, n >> 2].map((end, side) =>
      (end - 0.5) * this.sides[side] * this.each[side]));
    const frame = [];
    for (const one of [0, 1, 2, 3, 4, 5, 6, 7]) {
      for (const bit of [1, 2, 4]) if (!(one & bit)) frame.push(...corners[one], 0, 0, 1, ...corners[one | bit], 0, 0, 1);
    }
    this.frame = this.#buffer(gl, new Float32Array(frame));
    return true;
  }

  #buffer(gl, numbers) {
    const buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, numbers, gl.STATIC_DRAW);
    return { buffer, count: numbers.length / 6 };
  }

  #listen() {
    const { canvas } = this;
    let from = null;
    canvas.addEventListener("pointerdown", event => {
      from = event;
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", event => {
      if (!from) return;
      this.turn((event.offsetX - from.offsetX) / 120, (event.offsetY - from.offsetY) / 120);
      from = event;
    });
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { from = null; });
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      this.enlarge(Math.exp(-event.deltaY / 400));
    }, { passive: false });
    canvas.addEventListener("keydown", event => {
      const step = { ArrowLeft: [-0.15, 0], ArrowRight: [0.15, 0], ArrowUp: [0, -0.15], ArrowDown: [0, 0.15] }[event.key];
      if (step) this.turn(...step);
      else if (event.key === "+" || event.key === "=") this.enlarge(1.25);
      else if (event.key === "-") this.enlarge(0.8);
      else if (event.key === "0") { Object.assign(this, { yaw: 0, pitch: 0, zoom: 1 }); this.redraw(); }
      else return;
      event.preventDefault();
    });
  }

  turn(yaw, pitch) {
    this.yaw += yaw;
    this.pitch = Math.min(Math.PI / 2, Math.max(-Math.PI / 2, this.pitch + pitch));
    this.redraw();
  }

  enlarge(factor) {
    this.zoom = Math.min(30, Math.max(0.5, this.zoom * factor));
    this.redraw();
  }

  /** Shows `masks`, each `{mask, colour}`. */
  show(masks) {
    if (!this.gl) return;
    const parts = masks.map(({ mask, colour }) => {
      if (!this.#surfaces.has(mask)) this.#surfaces.set(mask, this.#buffer(this.gl, this.#surface(mask)));
      return { ...this.#surfaces.get(mask), colour, mask };
    });
    // What is shown no longer goes, also from the graphics card.
    const kept = new Set(masks.map(({ mask }) => mask));
    for (const { mask, buffer } of this.#parts) {
      if (!kept.has(mask) && this.#surfaces.delete(mask)) this.gl.deleteBuffer(buffer);
    }
    this.#parts = parts;
    this.redraw();
  }

  /** The surface of a mask: places and directions of its voxels that have a neighbour outside. */
  #surface({ runs, box }) {
    const [z0, z1, y0, y1, x0, x1] = box;
    const wide = x1 - x0 + 3, high = y1 - y0 + 3;
    if (!runs.length || wide * high * (z1 - z0 + 3) > 1 << 26) return new Float32Array(0);
    const cells = new Uint8Array(wide * high * (z1 - z0 + 3));
    for (let i = 0; i < runs.length; i += 4) {
      const start = ((runs[i] - z0 + 1) * high + runs[i + 1] - y0 + 1) * wide + runs[i + 2] - x0 + 1;
      cells.fill(1, start, start + runs[i + 3]);
    }
    const plane = wide * high;
    const out = [];
    for (let z = 1; z <= z1 - z0 + 1; z++) for (let y = 1; y <= y1 - y0 + 1; y++) for (let x = 1; x <= x1 - x0 + 1; x++) {
      const at = z * plane + y * wide + x;
      if (!cells[at] || (cells[at - 1] && cells[at + 1] && cells[at - wide] && cells[at + wide]
        && cells[at - plane] && cells[at + plane])) continue;
      let [a, b, c] = [0, 0, 0];
      for (let k = -1; k <= 1; k++) for (let j = -1; j <= 1; j++) for (let i = -1; i <= 1; i++) {
        if (!cells[at + k * plane + j * wide + i]) { a += i; b += j; c += k; }
      }
      const voxel = [x + x0 - 1, y + y0 - 1, z + z0 - 1];
      out.push(...voxel.map((one, side) => (one - (this.sides[side] - 1) / 2) * this.each[side]), a, b, c);
    }
    return new Float32Array(out);
  }

  redraw() { this.waits ??= requestAnimationFrame(() => { this.waits = undefined; this.#draw(); }); }

  #draw() {
    const { gl, canvas, names } = this;
    if (!gl) return;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
    canvas.height = Math.max(1, Math.round(canvas.clientHeight * devicePixelRatio));
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const [cy, sy, cp, sp] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    // Columns of pitch times yaw; without either x is to the right, y down, z away, as on the slice across z.
    gl.uniformMatrix3fv(names.turn, false, [cy, sy * sp, -sy * cp, 0, cp, sp, sy, -cy * sp, cy * cp]);
    const scale = this.zoom * Math.min(canvas.width, canvas.height) / (2 * this.reach);
    gl.uniform2f(names.zoom, 2 * scale / canvas.width, 2 * scale / canvas.height);
    gl.uniform1f(names.depth, 1 / (1.01 * this.reach));
    gl.uniform1f(names.size, Math.max(1.5, 1.8 * scale * Math.max(...this.each)));
    gl.uniform1i(names.isLine, 1);
    gl.uniform3f(names.colour, 0.45, 0.5, 0.58);
    this.#points(this.frame, gl.LINES);
    gl.uniform1i(names.isLine, 0);
    for (const part of this.#parts) {
      gl.uniform3f(names.colour, ...part.colour.map(one => one / 255));
      this.#points(part, gl.POINTS);
    }
  }

  #points({ buffer, count }, mode) {
    const { gl } = this;
    if (!count) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    this.attributes.forEach((attribute, n) => gl.vertexAttribPointer(attribute, 3, gl.FLOAT, false, 24, 12 * n));
    gl.drawArrays(mode, 0, count);
  }

  /** How many points there are on surfaces. */
  get count() { return this.#parts.reduce((sum, part) => sum + part.count, 0); }
}
