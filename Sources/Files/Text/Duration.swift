/// A time for people, in its two largest units: `0.021 s`, `1.5 s`, `2 min 40 s`, `3 h 5 min`, `2 d 7 h`.
///
/// - Parameters:
///   - seconds: at least 0.
///   - places: digits after the point, for less than ten seconds.
public func duration(_ seconds: Double, places: Int = 1) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "a long time" }
  if seconds < 9.95 { return "\(decimal(seconds, places: places)) s" }
  let whole = Int(seconds.rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return whole < 86_400
    ? "\(whole / 3600) h \(whole % 3600 / 60) min" : "\(whole / 86_400) d \(whole % 86_400 / 3600) h"
}
