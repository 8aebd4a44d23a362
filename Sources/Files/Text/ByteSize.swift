/// `12.3 GB`, `840 MB`, `12 kB`: decimal units.
public func byteSize(_ bytes: Int) -> String {
  let units = ["kB", "MB", "GB", "TB"]
  var (value, unit) = (Double(bytes) / 1000, 0)
  while value >= 1000 && unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
  return "\(decimal(value, places: unit >= 2 ? 1 : 0)) \(units[unit])"
}
