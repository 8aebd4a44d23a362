// The page: what people do goes to the server, and what has changed there is shown.

import * as api from "./api.js";
import { Views } from "./views.js";
import { Gallery, key } from "./gallery.js";
import { Histogram } from "./histogram.js";
import { mask, colours } from "./masks.js";
import { Solid } from "./solid.js";

const $ = id => document.getElementById(id);
const volume = await api.json("volume");
const views = new Views(volume, $("views"));
const gallery = new Gallery($("gallery"), views);
const histogram = new Histogram($("histogram"));
const solid = new Solid($("solid"), volume);
let now = { revision: 0, marks: [], found: 0, threshold: null, depth: 0 };
let found = { version: 0, kinds: [], finds: [] };
let findMasks = [];
const markMasks = new Map();

// --- What is shown ---

function notice(text, isBad = false) {
  $("notice").textContent = text;
  $("notice").classList.toggle("bad", isBad);
}

const [depth, height, width] = volume.shape;
document.title = `${volume.name}: cryosam view`;
$("name").textContent = volume.name;
$("facts").textContent = `${width} × ${height} × ${depth} voxels`
  + (volume.voxelSize ? `, ${+volume.voxelSize[0].toFixed(3)} Å` : "") + (volume.folder ? `, kept in ${volume.folder}` : "");
$("marking").hidden = !volume.marks;
$("work").hidden = !volume.keeps;
$("tools").hidden = !volume.marks;
$("back").hidden = !volume.listed;
for (const [side, count] of [["x", width], ["y", height], ["z", depth]]) $(side).max = count - 1;

function showPlace({ x, y, z }) {
  for (const [side, value] of [["x", x], ["y", y], ["z", z]]) if ($(side) !== document.activeElement) $(side).value = value;
  $("place").textContent = volume.voxelSize
    ? [x, y, z].map((voxel, n) => (voxel * volume.voxelSize[n] + volume.origin[n]).toFixed(1)).join(", ") + " Å" : "";
}

function kinds() {
  const names = [...new Set(now.marks.filter(mark => mark.wanted).map(mark => mark.class))];
  return names.length ? names : [$("class").value];
}

function showMarks() {
  const names = kinds();
  $("classes").replaceChildren(...names.map(name => Object.assign(document.createElement("option"), { value: name })));
  const phases = { waiting: "waits", planes: "looking …", volume: "following it through the slices …", failed: "failed" };
  $("marks").replaceChildren(...now.marks.map(mark => {
    const item = document.createElement("li");
    const go = Object.assign(document.createElement("button"), { className: "go",
      textContent: `${mark.wanted ? "+ " + mark.class : "− not this"} ${mark.point.join(", ")}` });
    go.onclick = () => views.moveTo(place(mark.point), { centred: true });
    const isDone = mark.phase === "done";
    const state = Object.assign(document.createElement("span"), { className: "state",
      textContent: isDone ? (mark.voxels ? `${mark.voxels} voxels` : "nothing seen there") : phases[mark.phase] });
    if (mark.remarks.length) {
      state.classList.add("remark");
      state.textContent = mark.remarks.join("; ");
    }
    const take = Object.assign(document.createElement("button"), { className: "take", textContent: "×",
      title: "Take this mark away" });
    take.onclick = () => attempt(api.act.unmark(mark.point));
    item.append(go, state, take);
    item.dataset.phase = mark.phase;
    return item;
  }));
}

function showJob() {
  const { job, encoded } = now;
  $("search").disabled = !!job || !now.marks.some(mark => mark.wanted);
  $("cancel").hidden = !job;
  $("job").hidden = !job;
  if (job) {
    $("progress").max = job.total || 1;
    if (job.total) $("progress").value = job.done; else $("progress").removeAttribute("value");
    $("doing").textContent = job.title + (job.total ? ` ${job.done} of ${job.total}` : "");
    $("doing").title = job.note ?? "";
  }
  $("encoded").textContent = encoded
    ? `encoded: ${Math.round(100 * encoded.sam / encoded.all)} % for SAM, ${Math.round(100 * encoded.features / encoded.all)} % for matching` : "";
  $("undo").disabled = now.depth === 0;
}

const place = ([x, y, z]) => ({ x, y, z });

/** The cut of the first kind that is looked for. */
const cut = () => now.threshold ?? found.kinds.find(kind => kind.wanted)?.threshold ?? 0;

function showFinds() {
  $("judging").hidden = found.version === 0;
  if (!histogram.dragged) {
    histogram.show(found.finds, cut());
    if ($("cut") !== document.activeElement) $("cut").value = cut().toFixed(3);
  }
  gallery.show(found.finds, findMasks);
  showCounts();
  showMasks();
}

function showCounts() {
  const picks = found.finds.filter(find => find.pick).length;
  const [kept, out] = [true, false].map(verdict => found.finds.filter(find => find.verdict === verdict).length);
  $("counts").innerHTML = `<b id="picks">${picks}</b> picks of ${found.finds.length} finds`
    + (kept ? `, ${kept} kept by hand` : "") + (out ? `, ${out} thrown out` : "") + (now.unsaved ? "; not exported yet" : "");
  $("export").disabled = !!now.job;
  $("again").hidden = !volume.marks;
  $("again").disabled = kept + out === 0;
  $("automatic").disabled = now.threshold === null;
}

function showMasks() {
  const names = kinds();
  const masks = [], glyphs = [];
  const reach = Math.max(2, Math.min(8, Math.round(depth / 30)));
  for (const mark of now.marks) {
    const colour = mark.wanted ? colours.kind(Math.max(0, names.indexOf(mark.class))) : colours.not;
    const own = markMasks.get(key(mark.point));
    if (own && (!found.finds.length || mark.phase !== "done" || !mark.wanted)) masks.push({ mask: own.mask, colour });
    glyphs.push({ point: place(mark.point), colour, shape: mark.wanted ? "plus" : "times", reach });
  }
  found.finds.forEach((find, number) => {
    if (!(find.pick || $("all").checked || key(find.place) === gallery.selected)) return;
    const colour = find.pick ? colours.kind(find.kind) : colours.rest;
    if (findMasks[number]) masks.push({ mask: findMasks[number], colour });
    if (key(find.place) === gallery.selected) glyphs.push({ point: place(find.centre), colour, shape: "ring", reach });
  });
  Object.assign(views, { masks, glyphs, showsMasks: $("masks").checked });
  views.changed();
  solid.show(masks);
}

// --- What has changed ---

async function takeMarks() {
  const points = new Set(now.marks.map(mark => key(mark.point)));
  for (const point of markMasks.keys()) if (!points.has(point)) markMasks.delete(point);
  for (const mark of now.marks) {
    const known = markMasks.get(key(mark.point));
    if (!mark.voxels || (known?.phase === mark.phase && known.voxels === mark.voxels)) continue;
    const bytes = await api.bytes(`mask?at=${key(mark.point)}`);
    markMasks.set(key(mark.point), { mask: mask(bytes), phase: mark.phase, voxels: mark.voxels });
  }
}

async function takeFinds() {
  if (!now.found) { found = { version: 0, kinds: [], finds: [] }; findMasks = []; return; }
  const finds = await api.json("finds");
  if (finds.version !== found.version) {
    const bytes = await api.bytes(`masks?version=${finds.version}`);
    let from = 0;
    findMasks = finds.finds.map(find => {
      const own = mask(bytes, from, find.runs);
      from += find.runs * 16;
      return own;
    });
  }
  found = finds;
}

async function take(state) {
  now = state;
  await takeMarks();
  await takeFinds();
  showMarks();
  showJob();
  showFinds();
  if (now.message) notice(now.message, true);
}

let isTaking = false;
async function poll() {
  if (!isTaking) {
    isTaking = true;
    try {
      const state = await api.state(now.revision);
      if (state) await take(state);
      if ($("notice").dataset.gone) { notice(""); delete $("notice").dataset.gone; }
    } catch (error) {
      notice(error.message, true);
      $("notice").dataset.gone = "yes";
    }
    isTaking = false;
  }
  const isBusy = now.job || now.marks.some(mark => !["done", "failed"].includes(mark.phase));
  setTimeout(poll, isBusy ? 250 : 1000);
}

/** Shows what came of `work`, or why nothing did. */
async function attempt(work, done = "") {
  try {
    await work;
    notice(done);
    while (isTaking) await new Promise(go => setTimeout(go, 20));
    isTaking = true;
    try {
      const state = await api.state(now.revision);
      if (state) await take(state);
    } finally { isTaking = false; }
  } catch (error) {
    notice(error.message, true);
  }
}

// --- What people do ---

const className = () => {
  const name = $("class").value.trim().replace(/[\s"'#;=,]+/g, "-");
  return name === "" || name === "particle" ? null : name;
};
const markAt = ({ x, y, z }, wanted) => attempt(api.act.mark([x, y, z], wanted ? className() : null, wanted));
const tool = () => document.querySelector("input[name=tool]:checked").value;
const judge = (find, pick) => find && attempt(api.act.judge(find.place, pick));

views.onMove = showPlace;
views.onError = error => notice(error.message, true);
views.onBox = box => {
  notice("SAM looks at the box …");
  attempt(api.act.box(box, className()));
};
$("tools").onchange = () => { views.drawsBoxes = tool() === "box"; };
views.onClick = point => { if (["mark", "not"].includes(tool())) markAt(point, tool() === "mark"); };
gallery.onSelect = find => { views.moveTo(place(find.place), { centred: true }); showMasks(); };
gallery.onJudge = judge;
histogram.onDrag = score => { $("cut").value = score.toFixed(3); };
histogram.onCut = score => attempt(api.act.cut(score));
for (const side of ["x", "y", "z"]) $(side).onchange = () => views.moveTo({ ...views.cursor, [side]: +$(side).value });
$("enlarge").onclick = () => {
  const isLarge = $("solid").classList.toggle("large");
  $("enlarge").setAttribute("aria-pressed", isLarge);
};
for (const id of ["low", "high"]) {
  $(id).onchange = () => { views.contrast(+$("low").value, +$("high").value); gallery.repaint(); };
}
$("slab").onchange = () => views.setSlab(Math.min(101, Math.max(1, Math.round(+$("slab").value) || 1)));
$("masks").onchange = $("all").onchange = showMasks;
$("undo").onclick = () => attempt(api.act.undo());
$("search").onclick = () => {
  const isReplaced = found.finds.length && !now.job;
  if (!isReplaced || confirm(`Finding all anew replaces the results in ${volume.folder}.`)) attempt(api.post("search"));
};
$("again").onclick = () => attempt((async () => {
  for (const { place, verdict, kind } of found.finds) {
    const { name } = found.kinds[kind];
    if (verdict !== null) await api.act.mark(place, verdict && name !== "particle" ? name : null, verdict);
  }
})());
$("cancel").onclick = () => attempt(api.post("cancel"));
$("cut").onchange = () => attempt(api.act.cut(Math.min(1, Math.max(0, +$("cut").value || 0))));
$("automatic").onclick = () => attempt(api.act.cut(null));
$("export").onclick = async () => {
  notice("writing …");
  try {
    const { picks } = await api.post("export");
    await attempt(Promise.resolve(), `${picks} picks are in ${volume.folder}/picks.star`);
  } catch (error) {
    notice(error.message, true);
  }
};

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=radio], [type=checkbox])")) return;
  const choose = name => {
    document.querySelector(`input[value=${name}]`).checked = true;
    views.drawsBoxes = name === "box";
  };
  const keys = {
    1: () => choose("move"), 2: () => choose("mark"), 3: () => choose("not"), 4: () => choose("box"),
    p: () => volume.marks && markAt(views.cursor, true), n: () => volume.marks && markAt(views.cursor, false),
    k: () => judge(gallery.current, true), x: () => judge(gallery.current, false), c: () => judge(gallery.current, null),
    ",": () => gallery.step(-1), ".": () => gallery.step(1), u: () => now.depth && attempt(api.act.undo()),
    m: () => { $("masks").checked = !$("masks").checked; showMasks(); },
  };
  keys[event.key]?.();
});

showPlace(views.cursor);
if (volume.keeps) poll();
// For those who measure.
window.viewer = { views, gallery, solid, get state() { return now; } };
