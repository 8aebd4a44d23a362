import Dispatch
import Files
import Platform
import Synchronization

/// A server of HTTP/1.1 for browsers on this machine: it listens on 127.0.0.1 alone, and what a connection may send, and
/// how many there are, is limited.
public final class Server: Sendable {
  public let port: UInt16
  private let listener: Int32
  private let gate: Gate
  private let answer: @Sendable (String, Request) -> Response
  private let open = Atomic<Int>(0)

  /// Connections at once; those beyond are told so, and beyond the second number closed without a word.
  package static let (mostConnections, mostThreads) = (64, 256)
  /// Seconds that a connection may be silent, and that one request may take to come.
  private static let patience = 30

  public var url: String { "http://127.0.0.1:\(port)/\(gate.token)/" }

  /// Begins to listen.
  ///
  /// - Parameter port: 0: any that is free.
  /// - Parameter answer: is told the path behind the token; called from many threads.
  /// - Throws: `Failure` if the port is taken.
  public init(
    port wanted: UInt16, gate: Gate = .random(), answer: @escaping @Sendable (String, Request) -> Response
  ) throws {
    (self.gate, self.answer) = (gate, answer)
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var (address, length) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = wanted.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let listener = listener
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 256) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard listener >= 0, isBound else {
      let reason = String(cString: strerror(errno))
      close(listener)
      throw Failure(
        .unavailable, "cannot listen on port \(wanted) of this machine: \(reason)",
        remedy: "give another --port, or none")
    }
    port = UInt16(bigEndian: address.sin_port)
    signal(SIGPIPE, SIG_IGN)
  }

  deinit { close(listener) }

  /// Answers until `stop` or the end of the program.
  public func run() {
    while true {
      let client = accept(listener, nil, nil)
      guard client >= 0 else {
        // Out of descriptors: those that are open will be closed.
        guard [EINTR, EMFILE, ENFILE, ECONNABORTED, ENOBUFS, ENOMEM, EAGAIN].contains(errno) else { return }
        usleep(10_000)
        continue
      }
      let number = open.add(1, ordering: .relaxed).newValue
      guard number <= Self.mostThreads else {
        close(client)
        open.subtract(1, ordering: .relaxed)
        continue
      }
      detach { [self] in
        let connection = Connection(client, patience: Self.patience)
        if number <= Self.mostConnections { serve(connection) } else { connection.refuse(.tooMany) }
        connection.close()
        open.subtract(1, ordering: .relaxed)
      }
    }
  }

  /// Ends `run`.
  public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  /// The requests of one connection, one after the other.
  private func serve(_ connection: Connection) {
    while true {
      do throws(Refusal) {
        guard let request = try connection.request() else { return }
        let path = try gate.path(of: request)
        guard connection.send(answer(path, request), staysOpen: request.staysOpen), request.staysOpen else {
          return
        }
      } catch {
        return connection.refuse(error)
      }
    }
  }

  /// Runs `body` on a thread of its own: connections wait for browsers most of their time.
  private func detach(_ body: @escaping @Sendable () -> Void) {
    final class Box {
      let body: () -> Void
      init(_ body: @escaping () -> Void) { self.body = body }
    }
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    let box = Unmanaged.passRetained(Box(body))
    let result = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    if result != 0 { box.takeRetainedValue().body() }
    #if canImport(Glibc)
      if result == 0 { pthread_detach(thread) }
    #else
      if result == 0, let thread { pthread_detach(thread) }
    #endif
  }
}
