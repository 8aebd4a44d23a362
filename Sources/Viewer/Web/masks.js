// Masks: runs of voxels, four numbers each: z, y, first x, voxels.

// Colours that differ in brightness too (after Okabe and Ito).
const palette = [[86, 180, 233], [240, 228, 66], [0, 158, 115], [204, 121, 167], [230, 159, 0], [0, 114, 178]];
export const colours = { kind: n => palette[n % palette.length], not: [255, 110, 60], rest: [170, 170, 170] };

/** The runs in `bytes`, and the box about them: first and last of z, y, x. */
export function mask(bytes, from = 0, count = (bytes.byteLength - from) / 16) {
  const runs = new Int32Array(bytes.buffer, bytes.byteOffset + from, count * 4);
  const box = [Infinity, -Infinity, Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < runs.length; i += 4) {
    box[0] = Math.min(box[0], runs[i]); box[1] = Math.max(box[1], runs[i]);
    box[2] = Math.min(box[2], runs[i + 1]); box[3] = Math.max(box[3], runs[i + 1]);
    box[4] = Math.min(box[4], runs[i + 2]); box[5] = Math.max(box[5], runs[i + 2] + runs[i + 3] - 1);
  }
  return { runs, box };
}

/** Calls `paint(row, column)` for each pixel of a mask on the slice `index` across `axis`. */
export function onSlice({ runs, box }, axis, index, paint) {
  const side = { z: 0, y: 2, x: 4 }[axis];
  if (index < box[side] || index > box[side + 1]) return;
  for (let i = 0; i < runs.length; i += 4) {
    const z = runs[i], y = runs[i + 1], x = runs[i + 2], count = runs[i + 3];
    if (axis === "z") {
      if (z === index) for (let n = 0; n < count; n++) paint(y, x + n);
    } else if (axis === "y") {
      if (y === index) for (let n = 0; n < count; n++) paint(z, x + n);
    } else if (index >= x && index < x + count) paint(z, y);
  }
}

/** Draws masks with their outlines into `pixels` [rows, columns] of 32 bits, which are clear; true if there is anything. */
export function draw(masks, axis, index, pixels, rows, columns) {
  let some = false;
  for (const one of masks) {
    const [r, g, b] = one.colour;
    const inside = (70 << 24 | b << 16 | g << 8 | r) >>> 0;
    const edge = (255 << 24 | b << 16 | g << 8 | r) >>> 0;
    const own = new Set();
    onSlice(one.mask, axis, index, (row, column) => {
      if (row >= 0 && column >= 0 && row < rows && column < columns) own.add(row * columns + column);
    });
    for (const at of own) {
      const column = at % columns;
      const isInside = own.has(at - columns) && own.has(at + columns)
        && column > 0 && own.has(at - 1) && column < columns - 1 && own.has(at + 1);
      pixels[at] = isInside ? inside : edge;
    }
    some ||= own.size > 0;
  }
  return some;
}
