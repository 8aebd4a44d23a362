import Cryo
import Files
import Volumes

extension ViewSession {
  /// Answers a request whose path behind the token is `path`.
  public func answer(_ path: String, _ request: Request) -> Response {
    do {
      return request.method == "POST" ? try change(path, request) : try show(path, request)
    } catch let refusal as Refusal {
      return .refused(refusal)
    } catch let failure as Failure {
      return .failed(failure)
    } catch let failure as any FailureConvertible {
      return .failed(failure.failure)
    } catch {
      return .failed(Failure(.internalError, "\(error)"))
    }
  }

  private func show(_ path: String, _ request: Request) throws -> Response {
    if let file = WebFile.named(path) { return .file(file.bytes, file.type) }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    switch parts.first {
    case "volume" where parts.count == 1: return .json(volume)
    case "state" where parts.count == 1:
      return json(after: request.number("after")).map { .json($0) } ?? .unchanged
    case "finds" where parts.count == 1: return .json(finds ?? .null)
    case "slice" where parts.count == 3:
      guard let axis = Axis(named: String(parts[1])), let index = Int(parts[2]),
        let pixels = pictures.slice(axis, index, slab: request.number("slab") ?? 1)
      else { throw Refusal.unknown }
      return .bytes(pixels, isLasting: true)
    case "sections" where parts.count == 1:
      guard let at = request.numbers("at"), at.count == 3,
        let pixels = pictures.sections(x: at[0], y: at[1], z: at[2], side: request.number("side") ?? 48)
      else { throw Refusal.unknown }
      return .bytes(pixels, isLasting: true)
    case "masks" where parts.count == 1:
      guard let bytes = request.number("version").flatMap({ masks(version: $0) }) else {
        throw Refusal.unknown
      }
      return .bytes(bytes)
    case "mask" where parts.count == 1:
      let words = request.value("at")?.split(separator: ",").compactMap { Double($0) } ?? []
      guard words.count == 3, let bytes = mask(at: VoxelPoint(x: words[0], y: words[1], z: words[2])) else {
        throw Refusal.unknown
      }
      return .bytes(bytes)
    default: throw Refusal.unknown
    }
  }

  private func change(_ path: String, _ request: Request) throws -> Response {
    switch path {
    case "act":
      guard let json = try? JSON(parsing: request.body), let action = Action(json), action.isOfPerson else {
        throw Refusal.malformed
      }
      try act(action)
    case "box":
      guard let json = try? JSON(parsing: request.body), let box = SliceBox(json, in: tomogram.shape),
        let mark = Mark(["point": [0, 0, 0], "wanted": true, "class": json["class"] ?? .null])
      else { throw Refusal.malformed }
      try self.mark(in: box, mark.name)
    case "search": try search()
    case "cancel": cancel()
    case "export": return .json(.members(["picks": .integer(try export())]))
    default: throw Refusal.unknown
    }
    return .json(json(after: nil) ?? .null)
  }
}
