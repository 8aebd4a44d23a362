import Benchmarks
import CommandLineKit
import Files
import NN
import Parallel
import Volumes

extension BenchCommand {
  /// Prints what a run on a tomogram of `shape` takes on this machine.
  func reportTimes(_ shape: VolumeShape) throws {
    let networks = try networks(outliers: false)
    guard let dino = networks.dino, let sam = networks.sam else {
      throw Failure(
        .usage, "the times of a tomogram need both networks", remedy: "give --dino and --sam, or neither")
    }
    let precisions = precision.map { [$0] } ?? Precision.allCases.filter { $0.remark == nil }
    let times = try precisions.map { precision in
      Output.note("timing in \(precision.rawValue)", quiet: common.quiet)
      return try TomogramTimes(shape, dino: dino, sam: sam, precision)
    }
    Output.note("measuring the memory", quiet: common.quiet)
    let rate = MemoryRate.measure()
    if result.json {
      for time in times { Output.line(time.json.text) }
      Output.line((["memory_bytes_per_second": .number(rate)] as JSON).text)
      return
    }
    let sides = "\(shape.depth) x \(shape.height) x \(shape.width)"
    Output.line(
      "a tomogram of \(sides) voxels, \(Parallel.threads) threads; without matching, which takes seconds")
    Output.line(row("", times.map(\.precision.rawValue)))
    for (index, part) in (times.first?.parts ?? []).enumerated() {
      Output.line(
        row(
          "\(part.name), \(part.count)",
          times.map {
            "\(duration($0.parts[index].total)), \(duration($0.parts[index].seconds, places: 3)) each"
          }))
    }
    Output.line(row("all", times.map { duration($0.total(acrossZ: false)) }))
    Output.line(row("all with --axes z", times.map { duration($0.total(acrossZ: true)) }))
    Output.line("memory is read at \(decimal(rate / 1e9, places: 1)) GB/s")
    Output.line(
      row("weights of a slice from memory", times.map { duration(Double($0.weightBytes) / rate, places: 3) }))
  }

  private func row(_ name: String, _ values: [String]) -> String {
    name.leftAligned(32) + values.map { $0.leftAligned(28) }.joined()
  }
}
