import TestSupport
import Testing

@Suite("Command lines")
struct UsageTests {
  @Test(
    "a bad command line is one line on standard error, exit code 64",
    arguments: [
      ("nonsense", "Unexpected argument 'nonsense'; see 'cryosam --help'"),
      (
        "segmnet t.mrc --sam s",
        "There is no command 'segmnet', did you mean 'cryosam segment'; see 'cryosam --help'"
      ),
      ("evalute a b", "There is no command 'evalute', did you mean 'cryosam evaluate'; see 'cryosam --help'"),
      ("Instances", "There is no command 'Instances', did you mean 'cryosam instance'; see 'cryosam --help'"),
      ("SIMULATE", "There is no command 'SIMULATE', did you mean 'cryosam simulate'; see 'cryosam --help'"),
      ("seg t.mrc", "There is no command 'seg', did you mean 'cryosam segment'; see 'cryosam --help'"),
      (
        "weights fecth sam_vit_b",
        "There is no command 'fecth', did you mean 'cryosam weights fetch'; see 'cryosam weights --help'"
      ),
      (
        "/dev/null",
        "There is no command before '/dev/null', did you mean 'cryosam info'; see 'cryosam --help'"
      ),
      ("https://me:secret@host/x", "Unexpected argument 'https://host/x'; see 'cryosam --help'"),
      ("--nonsense", "Unknown option '--nonsense'; see 'cryosam --help'"),
      ("view", "Missing expected argument '<tomogram>'; see 'cryosam view --help'"),
      ("view t --dino d", "'--dino' needs '--sam <weights>' beside it; see 'cryosam view --help'"),
      ("view t --port 70000", "The value '70000' is invalid for '--port <n>'; see 'cryosam view --help'"),
      ("info", "Missing expected argument '<file>'; see 'cryosam info --help'"),
      ("info a b", "Unexpected argument 'b'; see 'cryosam info --help'"),
      ("evaluate a b", "Missing expected argument '--radius <r>'; see 'cryosam evaluate --help'"),
      ("evaluate a --radius 3", "Missing expected argument '<truth>'; see 'cryosam evaluate --help'"),
      (
        "evaluate",
        "There is nothing to compare: give two tables, or --instances or --semantic with the truth; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius 3 --by-class --truth-class c",
        "'--by-class' needs picks, and excludes '--truth-class', '--curve' and '--semantic'; see 'cryosam evaluate --help'"
      ),
      (
        "segment t --dino d --sam s -o o",
        "No particle is pointed at: give --point, --prompts or --query; see 'cryosam segment --help'"
      ),
      (
        "segment t --dino d --sam s -o o --point 1,2,3 --not-point 1,2,3 --profile paper",
        "'--not-point' needs finds that are judged: leave '--profile paper' out; see 'cryosam segment --help'"
      ),
      (
        "segment t --dino d --sam s -o o --query q --profile reference",
        "'--query' needs finds that are judged: leave '--profile reference' out; see 'cryosam segment --help'"
      ),
      (
        "segment t --dino d --sam s -o o --point 1,2,3 --diameter 20 --profile paper",
        "'--diameter' needs finds that are judged: leave '--profile paper' out, or give --max-area; see 'cryosam segment --help'"
      ),
      (
        "instance t --sam s -o o --point 1,2,3 --cache c --discard-cache",
        "'--discard-cache' is for the results' own cache: leave it or '--cache' out; see 'cryosam instance --help'"
      ),
      ("report a --truth b", "'--truth' and '--radius' belong together; see 'cryosam report --help'"),
      (
        "report a --truth-class b",
        "'--truth-class' and '--truth-instances' need --truth; see 'cryosam report --help'"
      ),
      (
        "evaluate --instances a",
        "'--instances' and '--truth-instances' belong together; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate --semantic a --truth-semantic b --truth-class c",
        "'--truth-class' needs a table of true particles; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius 3 --json --csv",
        "'--csv' and '--json' exclude each other; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius x",
        "The value 'x' is invalid for '--radius <r>'; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius 0",
        "The value '0' is invalid for '--radius <r>'; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius nan",
        "The value 'nan' is invalid for '--radius <r>'; see 'cryosam evaluate --help'"
      ),
      (
        "evaluate a b --radius 3B",
        "The value '3B' is invalid for '--radius <r>'; see 'cryosam evaluate --help'"
      ),
      ("compare a", "Missing expected argument '<second>'; see 'cryosam compare --help'"),
      ("compare a b --rtol x", "The value 'x' is invalid for '--rtol <r>'; see 'cryosam compare --help'"),
      (
        "compare a b --atol=-1",
        "The value '-1.0' is invalid for '--atol': it must not be negative; see 'cryosam compare --help'"
      ),
      (
        "weights fetch nothing",
        "There is no published checkpoint 'nothing': see 'cryosam weights list', or give an address with --url; see 'cryosam weights fetch --help'"
      ),
      (
        "weights fetch a/b --url x",
        "The name 'a/b' may have letters, digits, '.', '_' and '-' only; see 'cryosam weights fetch --help'"
      ),
      (
        "weights fetch sam_vit_b --sha256 12",
        "'--sha256' must be 64 hexadecimal digits; see 'cryosam weights fetch --help'"
      ),
      (
        "weights fetch sam_vit_b --retries=-1",
        "The value '-1' is invalid for '--retries <n>': it must be at least 0; see 'cryosam weights fetch --help'"
      ),
      (
        "match a --cache c --query 1,2,3 -o d",
        "Missing expected argument '--dino <weights>' (or '--features sam'); see 'cryosam match --help'"
      ),
      (
        "match a --cache c --query 1,2,3 -o d --features sam",
        "'--features sam' needs '--sam <weights>'; see 'cryosam match --help'"
      ),
      (
        "features a --cache c --dino d --sam e",
        "'--sam', '--contrast' and '--invert' are for '--features sam' alone; see 'cryosam features --help'"
      ),
      (
        "match a --cache c --query 1,2,3 -o d --dino e --invert",
        "'--sam', '--contrast' and '--invert' are for '--features sam' alone; see 'cryosam match --help'"
      ),
      (
        "bench --repeats 0",
        "The value '0' is invalid for '--repeats <n>': it must be at least 1; see 'cryosam bench --help'"
      ),
      ("simulate", "Missing expected argument '--output <folder>'; see 'cryosam simulate --help'"),
      (
        "simulate -o x --species virus:3",
        "There is no species 'virus'; there are ribosome, proteasome, tric, apoferritin, globule, antibody, filament, capsid; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --species tric:-3",
        "The value 'tric:-3' is invalid for '--species <name:count>'; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --template :3",
        "The value ':3' is invalid for '--template <map.mrc:count>'; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --size 64,64",
        "The value '64,64' is invalid for '--size <x,y,z>'; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --size 64,64,8",
        "The value '64,64,8' is invalid for '--size <x,y,z>'; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --tilt-range -80,60",
        "The value '-80,60' is invalid for '--tilt-range <degrees,degrees>'; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --tilt-range 60,-60",
        "The value '60,-60' is invalid for '--tilt-range <degrees,degrees>'; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --voxel-size nan",
        "The value 'nan' is invalid for '--voxel-size <angstrom>': it must be between 1.0 and 50.0; see 'cryosam simulate --help'"
      ),
      ("simulate -o x --snr 0", "'--snr' must be above 0; inf means no noise; see 'cryosam simulate --help'"),
      (
        "simulate -o x --snr nan",
        "'--snr' must be above 0; inf means no noise; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --dose 0",
        "The value '0' is invalid for '--dose <e/A2>': it must be between 0.1 and 10000.0; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --ice-margin 30",
        "'--ice-margin' must not be negative and leave at least 8 voxels of ice; see 'cryosam simulate --help'"
      ),
      (
        "simulate -o x --random-species 99",
        "The value '99' is invalid for '--random-species <n>': it must be between 0 and 98; see 'cryosam simulate --help'"
      ),
    ])
  func usage(line: String, message: String) throws {
    let run = try ProgramRun("cryosam", line.split(separator: " ").map(String.init))
    #expect(run.code == 64)
    #expect(run.error == "cryosam: \(message)\n")
    #expect(run.output.isEmpty)
  }

  @Test(
    "what the pipeline's options must be",
    arguments: [
      (
        "--iou 2",
        "The value '2' is invalid for '--iou <share>': it must be between 0.0 and 1.0"
      ),
      (
        "--top-k 0",
        "The value '0' is invalid for '--top-k <n>': it must be at least 1"
      ),
      (
        "--max-area 0.5",
        "The value '0.5' is invalid for '--max-area <voxels>': it must be at least 1"
      ),
      (
        "--similarity=-2",
        "The value '-2' is invalid for '--similarity <cosine>': it must be between -1.0 and 1.0"
      ),
      (
        "--dino-size 5000",
        "The value '5000' is invalid for '--dino-size <pixels>': it must be between 1 and 4096"
      ),
      (
        "--threads 0",
        "The value '0' is invalid for '--threads <n>': it must be at least 1"
      ),
      (
        "--contrast 3",
        "The value '3' is invalid for '--contrast <low,high>'"
      ),
      (
        "--profile reference --matching naive",
        "'--matching naive' is not in the released code: leave it or '--profile reference' out"
      ),
    ])
  func pipeline(options: String, message: String) throws {
    let line = "segment a --dino b --sam c --point 1,2,3 -o d \(options)"
    let run = try ProgramRun("cryosam", line.split(separator: " ").map(String.init))
    #expect(run.code == 64)
    #expect(run.error == "cryosam: \(message); see 'cryosam segment --help'\n")
  }

  @Test("help and version", arguments: ["cryosam", "convert-weights"])
  func help(program: String) throws {
    let version = try ProgramRun(program, ["--version"])
    #expect(version.code == 0)
    #expect(version.output == "\(program) 0.1.0\n")
    let help = try ProgramRun(program, ["--help"])
    #expect(help.code == 0)
    #expect(help.output.contains("USAGE: \(program)"))
    #expect(help.error.isEmpty)
  }

  @Test(
    "every subcommand's help has examples",
    arguments: ["evaluate", "info", "compare", "simulate", "bench", "weights", "study"])
  func examples(command: String) throws {
    let help = try ProgramRun("cryosam", [command, "--help"])
    #expect(help.code == 0)
    #expect(help.output.contains("EXAMPLES\n  cryosam \(command) "))
  }
}
