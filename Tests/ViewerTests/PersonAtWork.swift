import Files
import Foundation
import Viewer
import Volumes

/// A person's session with the viewer: click, find all, judge, cut, export, until it is killed.
struct PersonAtWork {
  private let view: ViewProcess
  private let point: VoxelPoint
  /// What was done and answered.
  private(set) var answered: [Action] = []

  init(_ view: ViewProcess, _ point: VoxelPoint) { (self.view, self.point) = (view, point) }

  /// Click, wait for the particle, find all, throw out and keep, cut, export, take back, export again.
  static let steps = 8

  /// How long a step may take, about.
  static func seconds(_ step: Int) -> Double { [0.05, 0.5, 4, 0.05, 0.05, 0.6, 0.05, 0.6][step] }

  /// Does `step`, after those that it needs and that were not done in the folder yet; before it `begun` is called. Then
  /// moves the cut until nothing answers any more.
  mutating func run(_ step: Int, begun: () -> Void) {
    let state = state()
    if step > 0, state?["marks"]?.array?.isEmpty ?? true { _ = take(0) && take(1) }
    if step > 2, state?["found"] == 0 { _ = take(2) }
    begun()
    _ = take(step)
    while act(.cut(0.2)) { Thread.sleep(forTimeInterval: 0.02) }
  }

  /// - Returns: whether it was answered.
  private mutating func take(_ step: Int) -> Bool {
    switch step {
    case 0: return act(.mark(Mark(point)))
    case 1: return wait { $0["marks"]?.array?.first?["phase"]?.string == "done" }
    case 2:
      guard ask("search") != nil else { return false }
      return wait { $0["job"] == .null }
    case 3:
      guard let finds = finds() else { return false }
      for (number, find) in finds.prefix(4).enumerated() {
        guard act(.judge(find, isPick: number % 2 == 0)) else { return false }
      }
      return true
    case 4: return act(.cut(0.3)) && act(.cut(0.25))
    case 6: return act(.undo)
    default: return ask("export") != nil
    }
  }

  private mutating func act(_ action: Action) -> Bool {
    guard HTTPClient.post(view.port, "\(view.root)act", action.json.text)?.code == 200 else { return false }
    answered.append(action)
    return true
  }

  private func ask(_ what: String) -> JSON? {
    HTTPClient.post(view.port, "\(view.root)\(what)", "", patience: 120).flatMap {
      $0.code == 200 ? try? JSON(parsing: $0.body) : nil
    }
  }

  private func wait(_ isReached: (JSON) -> Bool) -> Bool {
    while let state = state() {
      if isReached(state) { return true }
      Thread.sleep(forTimeInterval: 0.02)
    }
    return false
  }

  private func state() -> JSON? {
    HTTPClient.get(view.port, "\(view.root)state").flatMap { try? JSON(parsing: $0.body) }
  }

  private func finds() -> [VoxelPoint]? {
    HTTPClient.get(view.port, "\(view.root)finds").flatMap { try? JSON(parsing: $0.body) }?["finds"]?.array?
      .compactMap { VoxelPoint($0["place"]) }
  }
}
