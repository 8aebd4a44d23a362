// fuzz-parsers PARSER SECONDS SEED CORPUS...
//
// Feeds damaged copies of the corpus (files, or folders of files) to a parser. The parser may refuse them with a
// `Failure`; a crash, another error, or an input that takes longer than five seconds is a finding. The input
// stays in the file named at the start, so that a finding can be repeated: `fuzz-parsers PARSER 0 0 FILE`.
// To be built without optimisation and with the address sanitizer:
//
//   CRYOSAM_FUZZ=1 swift build -c debug --sanitize=address --product fuzz-parsers --scratch-path /tmp/asan-build

import Platform

let allParsers = [formatParsers, resultParsers, storeParsers, viewerParsers].reduce(parsers) {
  $0.merging($1) { first, _ in first }
}
let arguments = CommandLine.arguments
guard arguments.count >= 5, let parser = allParsers[arguments[1]], let seconds = Double(arguments[2]),
  let seed = UInt64(arguments[3])
else {
  report("usage: fuzz-parsers \(allParsers.keys.sorted().joined(separator: "|")) SECONDS SEED CORPUS...")
  exit(64)
}
var fuzzer = Fuzzer(arguments[1], parser)
do {
  let corpus = try arguments[4...].flatMap(corpusFiles)
  report("\(corpus.count) corpus files; the current input is \(fuzzer.input)")
  for bytes in corpus { try fuzzer.run(bytes) }
  report("unchanged: \(fuzzer.counts)")
  try fuzzer.run(corpus, seconds: seconds, seed: seed)
  fuzzer.finish()
} catch {
  report("FINDING: \(error); input in \(fuzzer.input)")
  exit(1)
}
