#!/usr/bin/env python3
"""Picks exchanged with the programs that they are for: written by cryosam and read by those, and the other way round.

A thousand random points go through `cryosam picks convert` into each format; the packages starfile, copick, imodmodel
and dynamotable, the XML reader that ChimeraX uses, and RELION's own programs read them, and what starfile, copick,
imodmodel and dynamotable write is read by cryosam. A copick project of three phantoms goes through `cryosam project run`
with the demo weights, and copick lists its picks and segmentations. A line each; what is not installed is said to be
skipped.

Example: python tools/check_pick_clients.py --program .build/release/cryosam
Exit status: 0 if nothing failed (or all was skipped), 1 if something did.
"""

import argparse
import importlib
import json
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.sax
from pathlib import Path

SIZE = (81, 62, 45)
VOXEL = 13.5
ORIGIN = (-100.5, 20.0, 31.25)
BINNING, PIXEL, UNBINNED = 4, 3.375, (325, 248, 181)
COUNT = 1000


class Skipped(Exception):
    pass


def need(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Skipped(f"{name} is not installed") from None


class Exchange:
    """The points, and conversions of files in a folder."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        random.seed(1)
        self.points = [[round(random.uniform(0, n - 1), 3) for n in SIZE] for _ in range(COUNT)]
        self.scores = [i / COUNT for i in range(COUNT)]
        rows = [f"{x},{y},{z},{s},{i + 1},{3 + i % 3}" for i, ((x, y, z), s) in enumerate(zip(self.points, self.scores))]
        header = "x,y,z,score,cryosamInstance,cryosamRadius"
        (folder / "points.csv").write_text("\n".join([header, *rows]) + "\n")
        self.write_volume()
        columns = ["rlnTomoName", "rlnTomoTiltSeriesPixelSize", "rlnTomoTomogramBinning"]
        columns += [f"rlnTomoSize{axis}" for axis in "XYZ"]
        (folder / "tomograms.star").write_text(
            "data_global\n\nloop_\n" + "".join(f"_{c}\n" for c in columns)
            + f"TS_01 {PIXEL} {BINNING} {' '.join(map(str, UNBINNED))}\n")

    def write_volume(self):
        header = bytearray(1024)
        struct.pack_into("<10i", header, 0, *SIZE, 0, 0, 0, 0, *SIZE)
        struct.pack_into("<6f", header, 40, *[n * VOXEL for n in SIZE], 90, 90, 90)
        struct.pack_into("<3i", header, 64, 1, 2, 3)
        struct.pack_into("<i", header, 88, 1)
        struct.pack_into("<3f", header, 196, *ORIGIN)
        header[208:216] = b"MAP DD\0\0"
        count = SIZE[0] * SIZE[1] * SIZE[2]
        (self.folder / "TS_01.mrc").write_bytes(bytes(header) + bytes(i % 7 for i in range(count)))

    def convert(self, source, target, form, *more):
        command = [self.program, "picks", "convert", source, "-o", target, "--to", form, "--tomogram", "TS_01.mrc"]
        run = subprocess.run([*map(str, command), *more], cwd=self.folder, capture_output=True, text=True)
        if run.returncode != 0:
            raise AssertionError(run.stderr.strip())
        return self.folder / target

    def run(self, *command):
        run = subprocess.run([str(self.program), *map(str, command)], cwd=self.folder, capture_output=True, text=True)
        if run.returncode != 0:
            raise AssertionError(run.stderr.strip())

    def read_back(self, source, *more):
        target = Path(source).name + ".back.csv"
        path = self.convert(source, target, "csv", *more)
        rows = [line.split(",") for line in path.read_text().splitlines()]
        return rows[0], [[float(cell) for cell in row[:3]] for row in rows[1:]]

    def compare(self, found, tolerance, wanted=None):
        wanted = self.points if wanted is None else wanted
        assert len(found) == len(wanted), f"{len(found)} points, not {len(wanted)}"
        worst = max(abs(a - b) for f, w in zip(found, wanted) for a, b in zip(f, w))
        assert worst <= tolerance, f"a point is {worst} off"
        return worst

    def centred(self):
        return [[(v * BINNING - n / 2) * PIXEL for v, n in zip(p, UNBINNED)] for p in self.points]


CENTRED = [f"rlnCenteredCoordinate{axis}Angst" for axis in "XYZ"]
PLAIN = [f"rlnCoordinate{axis}" for axis in "XYZ"]


def starfile_reads(e):
    starfile = need("starfile")
    path = e.convert("points.csv", "relion/particles.star", "relion5", "--tomograms", "tomograms.star")
    table = starfile.read(path)
    worst = e.compare(table[CENTRED].to_numpy().tolist(), 1e-6, e.centred())
    assert set(table["rlnTomoName"]) == {"TS_01"}
    chosen = starfile.read(path.parent / "optimisation_set.star")
    assert chosen["rlnTomoParticlesFile"] == "relion/particles.star", chosen
    listed = starfile.read(path.parent / "import.star", always_dict=True)[""]
    text = (e.folder / listed["rlnTomoImportParticleFile"][0]).read_text().split("\n")[:-1]
    e.compare([[float(w) for w in line.split()] for line in text], 1e-5, [[v * BINNING for v in p] for p in e.points])
    for form in ("star", "warp"):
        table = starfile.read(e.convert("points.csv", f"{form}.star", form))
        e.compare(table[PLAIN].to_numpy().tolist(), 1e-4)
    table = starfile.read(e.convert("points.csv", "normal.star", "warp-normalized"))
    e.compare([[v * n for v, n in zip(p, SIZE)] for p in table[PLAIN].to_numpy().tolist()], 1e-6)
    blocks = starfile.read(e.convert("points.csv", "four.star", "relion4", "--tomograms", "tomograms.star"))
    assert float(blocks["optics"]["rlnTomoTiltSeriesPixelSize"].iloc[0]) == PIXEL
    e.compare(blocks["particles"][PLAIN].to_numpy().tolist(), 1e-5, [[v * BINNING for v in p] for p in e.points])
    return f"RELION 5 and 4, Warp; at most {worst:.1g} A off"


def starfile_writes(e):
    starfile, pandas = need("starfile"), need("pandas")
    table = pandas.DataFrame(e.centred(), columns=CENTRED)
    table.insert(0, "rlnTomoName", "TS_01")
    starfile.write({"particles": table}, e.folder / "theirs.star", overwrite=True)
    _, found = e.read_back("theirs.star", "--tomograms", "tomograms.star")
    return f"RELION 5; at most {e.compare(found, 1e-4):.1g} voxels off"


def copick_project(e):
    copick = need("copick")
    overlay = e.folder / "overlay"
    (overlay / "ExperimentRuns" / "TS_01").mkdir(parents=True, exist_ok=True)
    objects = [{"name": "ribosome", "is_particle": True, "label": 1, "color": [0, 255, 0, 255], "radius": 130}]
    config = {
        "config_type": "filesystem", "name": "check", "description": "", "version": "1.0.0",
        "pickable_objects": objects, "overlay_root": f"local://{overlay}/", "overlay_fs_args": {"auto_mkdir": True},
    }
    (e.folder / "config.json").write_text(json.dumps(config))
    return copick.from_file(str(e.folder / "config.json")).get_run("TS_01"), overlay


def copick_reads(e):
    copick_project(e)
    command = [e.program, "picks", "convert", "points.csv", "--copick", "config.json", "--to", "copick", "--tomogram"]
    command += ["TS_01.mrc", "--object", "ribosome", "--user", "cryosam", "--session", "1", "--force"]
    subprocess.run(list(map(str, command)), cwd=e.folder, check=True, capture_output=True)
    run, _ = copick_project(e)
    picks = run.get_picks(object_name="ribosome", user_id="cryosam", session_id="1")
    assert len(picks) == 1, f"{len(picks)} picks"
    points = picks[0].points
    found = [[getattr(p.location, axis) / VOXEL for axis in "xyz"] for p in points]
    assert [p.score for p in points] == e.scores and [p.instance_id for p in points] == list(range(1, COUNT + 1))
    assert picks[0].trust_orientation is False
    return f"scores, instances; at most {e.compare(found, 1e-9):.1g} voxels off"


def copick_writes(e):
    run, overlay = copick_project(e)
    models = need("copick.models")
    picks = run.new_picks(object_name="ribosome", user_id="them", session_id="7", exist_ok=True)
    picks.points = [
        models.CopickPoint(location={a: v * VOXEL for a, v in zip("xyz", p)}, score=s)
        for p, s in zip(e.points, e.scores)
    ]
    picks.store()
    _, found = e.read_back(overlay / "ExperimentRuns/TS_01/Picks/them_7_ribosome.json")
    return f"at most {e.compare(found, 1e-4):.1g} voxels off"


def copick_lists_project(e):
    copick, numpy = need("copick"), need("numpy")
    folder = e.folder / "lab"
    folder.mkdir()
    config = {
        "config_type": "filesystem", "name": "lab", "description": "", "version": "1.0.0",
        "pickable_objects": [{"name": "ribosome", "is_particle": True, "label": 1, "radius": 130}],
        "overlay_root": f"local://{folder}/overlay/", "overlay_fs_args": {"auto_mkdir": True},
        "static_root": f"local://{folder}/static/", "static_fs_args": {"auto_mkdir": True},
    }
    writing = {**config, "overlay_root": config["static_root"]}
    del writing["static_root"], writing["static_fs_args"]
    (folder / "writing.json").write_text(json.dumps(writing))
    (folder / "copick.json").write_text(json.dumps(config))
    names = ["TS_01", "TS_02", "TS_03"]
    click = None
    for seed, name in enumerate(names, 1):
        phantom = folder / name
        e.run("simulate", "-o", phantom, "--size", "80,72,40", "--seed", seed, "--quiet", "--species", "ribosome:3",
              "--membranes", 0, "--gold", 0, "--deconvolve", 1)
        run = copick.from_file(str(folder / "writing.json")).new_run(name)
        volume = read_mrc(phantom / "tomogram-filtered.mrc", numpy)
        run.new_voxel_spacing(10).new_tomogram("wbp").from_numpy(volume)
        if click is None:
            rows = [line.split() for line in (phantom / "particles-ribosome.star").read_text().splitlines()]
            click = ",".join(next(row for row in rows if len(row) > 8 and row[8] == "ribosome")[:3])
    weights = Path(__file__).resolve().parent.parent / "Weights"
    e.run("project", "init", folder / "project", "--copick", folder / "copick.json", "--tomo-type", "wbp",
          "--voxel-spacing", 10, "--dino", weights / "demo-dinov2.safetensors", "--sam",
          weights / "demo-sam.safetensors", "--point", click)
    e.run("project", "run", folder / "project", "--quiet")
    root = copick.from_file(str(folder / "copick.json"))
    assert [run.name for run in root.runs] == names, f"the runs are {[run.name for run in root.runs]}"
    said = []
    for run in root.runs:
        results = folder / "project" / "results" / run.name
        record = json.loads((results / "run.json").read_text())
        picks = run.get_picks(object_name="ribosome", user_id="cryosam", session_id="1")
        masks = run.get_segmentations(name="ribosome", user_id="cryosam", session_id="1", voxel_size=10.0)
        assert len(picks) == 1 and len(masks) == 1, f"{run.name}: {len(picks)} picks, {len(masks)} segmentations"
        assert len(picks[0].points) == record["counts"]["instances"], f"{run.name}: {len(picks[0].points)} points"
        mask, semantic = masks[0].numpy(), read_mrc(results / "semantic.mrc", numpy)
        assert mask.shape == semantic.shape and (mask == semantic).all(), f"{run.name}: another mask"
        said.append(f"{len(picks[0].points)} picks, {int(mask.sum())} voxels")
    return f"project run on three runs: {'; '.join(said)}"


def read_mrc(path, numpy):
    data = path.read_bytes()
    nx, ny, nz, mode = struct.unpack_from("<4i", data)
    element = {0: numpy.int8, 1: numpy.int16, 2: numpy.float32, 6: numpy.uint16}[mode]
    start = 1024 + struct.unpack_from("<i", data, 92)[0]
    return numpy.frombuffer(data, element, nx * ny * nz, start).reshape(nz, ny, nx)


def imodmodel_reads(e):
    imodmodel = need("imodmodel")
    table = imodmodel.read(e.convert("points.csv", "ours.mod", "imod"))
    found = [[x - 0.5, y - 0.5, z] for x, y, z in table[["x", "y", "z"]].to_numpy().tolist()]
    model = imodmodel.ImodModel.from_file(e.folder / "ours.mod")
    sizes = model.objects[0].contours[0].point_sizes.tolist()
    assert sizes == [3 + i % 3 for i in range(COUNT)], "other radii"
    assert abs(model.header.pixelsize - VOXEL / 10) < 1e-6 and model.header.units == -9
    return f"radii, pixel size; at most {e.compare(found, 1e-5):.1g} voxels off"


def imodmodel_writes(e):
    imodmodel, pandas = need("imodmodel"), need("pandas")
    table = pandas.DataFrame([[x + 0.5, y + 0.5, z] for x, y, z in e.points], columns=list("xyz"))
    table.insert(0, "contour_id", 0)
    table.insert(0, "object_id", 0)
    imodmodel.write(table, e.folder / "theirs.mod")
    _, found = e.read_back("theirs.mod")
    # What it reads of ours and writes again: with chunks whose lengths it misstates.
    imodmodel.ImodModel.from_file(e.convert("points.csv", "source.mod", "imod")).to_file(e.folder / "again.mod")
    _, again = e.read_back("again.mod")
    e.compare(again, 1e-4)
    return f"at most {e.compare(found, 1e-4):.1g} voxels off"


def dynamotable_reads(e):
    dynamotable = need("dynamotable")
    path = e.convert("points.csv", "ours.tbl", "dynamo")
    table = dynamotable.read(str(path), str(path.with_suffix(".doc")))
    assert set(table["tomo_file"]) == {"TS_01.mrc"} and set(table["apix"]) == {VOXEL}
    assert table["cc"].tolist() == e.scores
    found = [[v - 1 for v in p] for p in table[["x", "y", "z"]].to_numpy().tolist()]
    return f"names, scores; at most {e.compare(found, 1e-4):.1g} voxels off, counted from 1"


def dynamotable_writes(e):
    dynamotable, pandas = need("dynamotable"), need("pandas")
    table = pandas.DataFrame([[v + 1 for v in p] for p in e.points], columns=list("xyz"))
    table["tomo_file"] = ["TS_01.mrc" if i % 2 else "TS_02.mrc" for i in range(COUNT)]
    dynamotable.write(table, str(e.folder / "theirs.tbl"))
    _, found = e.read_back("theirs.tbl")
    return f"one tomogram of two; at most {e.compare(found, 1e-4, e.points[1::2]):.1g} voxels off"


def xml_reads(e):
    found = []

    class Handler(xml.sax.ContentHandler):
        def startElement(self, name, attributes):
            if name == "marker":
                found.append([(float(attributes[a]) - o) / VOXEL for a, o in zip("xyz", ORIGIN)])

    xml.sax.parse(str(e.convert("points.csv", "ours.cmm", "chimerax")), Handler())
    return f"at most {e.compare(found, 1e-9):.1g} voxels off"


def relion_reads(e):
    if not shutil.which("relion_star_handler"):
        raise Skipped("RELION is not installed")
    tables = [("star", "rel3.star", 1), ("warp", "relw.star", 1), ("relion4", "rel4.star", BINNING)]
    for form, name, factor in tables:
        more = ["--tomograms", "tomograms.star"] if form == "relion4" else []
        e.convert("points.csv", name, form, *more)
        table = "data_" if form == "warp" else "data_particles"
        command = ["relion_star_printtable", name, table, *["_" + column for column in PLAIN]]
        run = subprocess.run(command, cwd=e.folder, check=True, capture_output=True, text=True)
        rows = [line.split() for line in run.stdout.splitlines() if len(line.split()) == 3]
        found = [list(map(float, row)) for row in rows if not row[0].startswith("_")]
        e.compare(found, 1e-4, [[v * factor for v in p] for p in e.points])
    # Version 3.1 wants optics groups of images in front of any particles.
    columns = ["rlnOpticsGroupName", "rlnOpticsGroup", "rlnVoltage", "rlnSphericalAberration", "rlnAmplitudeContrast"]
    columns += ["rlnImagePixelSize", "rlnImageSize", "rlnImageDimensionality"]
    optics = "\n# version 30001\n\ndata_optics\n\nloop_\n" + "".join(f"_{c}\n" for c in columns)
    particles = (e.folder / "rel4.star").read_text().split("data_particles")[1]
    (e.folder / "rel31.star").write_text(
        f"{optics}group1 1 300 2.7 0.1 {PIXEL} 64 2\n\n\n# version 30001\n\ndata_particles{particles}")
    command = ["relion_star_handler", "--i", "rel31.star", "--o", "handled.star"]
    subprocess.run([*command, "--operate", PLAIN[0], "--add_to", "0"], cwd=e.folder, check=True, capture_output=True)
    _, found = e.read_back("handled.star", "--point-pixel-size", str(PIXEL))
    return f"relion_star_printtable, relion_star_handler; at most {e.compare(found, 1e-4):.1g} voxels off"


CHECKS = [
    ("starfile reads", starfile_reads), ("starfile writes", starfile_writes), ("copick reads", copick_reads),
    ("copick writes", copick_writes), ("copick lists what a project found", copick_lists_project),
    ("imodmodel reads", imodmodel_reads), ("imodmodel writes", imodmodel_writes),
    ("dynamotable reads", dynamotable_reads), ("dynamotable writes", dynamotable_writes),
    ("an XML parser reads ChimeraX's markers", xml_reads), ("RELION's programs read", relion_reads),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, default=Path(".build/release/cryosam"), help="the program cryosam")
    parser.add_argument("--keep", type=Path, help="a folder for the files (default: a temporary one)")
    arguments = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        exchange = Exchange(arguments.program.resolve(), folder.resolve())
        for name, check in CHECKS:
            try:
                print(f"{name}: {check(exchange)}")
            except Skipped as reason:
                print(f"{name}: skipped, {reason}")
            except Exception as error:  # noqa: BLE001: whatever a package raises is a failure of the check
                failures += 1
                print(f"{name}: FAILED: {type(error).__name__}: {error}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
