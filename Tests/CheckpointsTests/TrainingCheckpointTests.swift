import Checkpoints
import DINOv2
import Files
import NN
import TestSupport
import Testing

/// What training programs save: the model among other things, and files that would have something done.
@Suite("Checkpoints of training")
struct TrainingCheckpointTests {
  private static let path = TestData.path("checkpoints/dino.pth")

  /// The tensors of a small DINOv2, with `prefix` before their names.
  static func model(_ prefix: String = "", adding: Float = 0) throws -> [(String, Pickled)] {
    try Checkpoint([path]).tensors.map { tensor in
      (prefix + tensor.name, .tensor(tensor.shape, try tensor.floats().map { $0 + adding }))
    }
  }

  private static func object(_ module: String, _ name: String, _ arguments: Pickled...) -> Pickled {
    .call(.name(module, name), arguments)
  }

  /// What stands beside a model: the state of an optimizer, and objects of all kinds.
  private static let optimizer = Pickled.named([
    "state": .dictionary([
      (
        .int(0),
        .named(["step": .tensor([], [3]), "exp_avg": .tensor([8], [Float](repeating: .nan, count: 8))])
      )
    ]),
    "param_groups": .list([.named(["lr": .int(1), "params": .list([.int(0)])])]),
  ])
  private static let objects = Pickled.named([
    "args": .built(.new(.name("argparse", "Namespace"), []), state: .named(["lr": .int(1)])),
    "best": object(
      "numpy._core.multiarray", "scalar", object("numpy", "dtype", .text("f8")), .opcodes([0x43, 1, 0xFF])),
    "seen": object("collections", "Counter", .named(["a": .int(2)])),
    "folder": object("pathlib", "PosixPath", .text("/data")),
    "device": object("torch", "device", .text("cuda")), "dtype": .name("torch", "float16"),
    "history": .filled(object("collections", "defaultdict", .name("builtins", "list")), [(.int(1), .none)]),
    "epochs": .opcodes([0x8F, 0x28, 0x4B, 1, 0x90]),  // a set
    "seed": .opcodes([0x8A, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    "old": .opcodes([0x55, 2, 0xFF, 0xFE]),  // bytes as Python 2 wrote them
    "queue": .opcodes(Array("ccollections\ndeque\n)RK\u{1}a".utf8)),
    "generator": .tensor([3], [1, 2, 3]),
  ])

  /// Modules inside one another, as of a model that was saved whole.
  private static func module(_ members: [(name: [Substring], value: Pickled)]) -> Pickled {
    var parts: [(String, [(name: [Substring], value: Pickled)])] = []
    for member in members where member.name.count > 1 {
      let (first, rest) = (String(member.name[0]), Array(member.name.dropFirst()))
      if parts.last?.0 != first { parts.append((first, [])) }
      parts[parts.count - 1].1.append((rest, member.value))
    }
    let own = members.filter { $0.name.count == 1 }.map { (String($0.name[0]), $0.value) }
    return .built(
      .new(.name("models.net", "Net"), []),
      state: .named([
        "training": .int(1), "_parameters": .named(own), "_buffers": .named([]),
        "_modules": .named(parts.map { ($0.0, module($0.1)) }),
      ]))
  }

  private static let forms: [(name: String, make: @Sendable () throws -> Pickled, note: String)] = [
    (
      "optimizer", { .named(["net": .named(try model()), "optim": optimizer, "epoch": .int(3)]) },
      "optim.state.0.step"
    ),
    ("at the root", { .named(try model() + [("optim", optimizer), ("extra", objects)]) }, "extra.generator"),
    (
      "objects", { .named(["hparams": objects, "state_dict": .named(try model("net."))]) },
      "argparse.Namespace, numpy.dtype, numpy._core.multiarray.scalar, collections.Counter, pathlib.PosixPath and"
    ),
    (
      "another network",
      { .named(["weights": .named(try model("encoder.") + [("decoder.conv.weight", .tensor([1], [1]))])]) },
      "weights.decoder.conv.weight (not under 'weights.encoder.')"
    ),
    (
      "running average",
      { .named(["model": .named(try model(adding: 1)), "model_ema": .named(try model("module."))]) },
      "the running average is taken"
    ),
    (
      "wrapped",
      {
        .named(
          try model("module._orig_mod.").map {
            ($0.0.replacing(".blocks.0.", with: ".blocks.0._checkpoint_wrapped_module."), $0.1)
          })
      }, "the prefix 'module.' was removed"
    ),
    ("tuple", { .tuple([.named(try model()), optimizer, .int(3)]) }, "1.state.0.exp_avg"),
    (
      "a dictionary of its own kind",
      { .filled(.new(.name("easydict", "EasyDict"), []), try model().map { (.text($0.0), $0.1) }) },
      "easydict.EasyDict"
    ),
    (
      "module saved whole",
      { .named(["model": module(try model().map { ($0.0.split(separator: "."), $0.1) })]) }, "models.net.Net"
    ),
    (
      "tensors with attributes",
      {
        .named(
          try model().map { name, tensor in
            let function = Pickled.name("torch._utils", "_rebuild_parameter")
            return (
              name,
              object(
                "torch._tensor", "_rebuild_from_type_v2", function, .name("mine", "Weight"),
                .tuple([tensor, .none, .none]), .none)
            )
          })
      }, "mask_token"
    ),
    (
      "sparse beside",
      {
        .named([
          "model": .named(try model()),
          "graph": object("torch._utils", "_rebuild_sparse_tensor", .tuple([])),
        ])
      }, "torch._utils._rebuild_sparse_tensor"
    ),
  ]

  @Test("the model is taken, the rest is named", arguments: forms.indices)
  func taken(index: Int) throws {
    let (_, make, note) = Self.forms[index]
    try TestData.withFolder { folder in
      try Conversion.convert([Self.path], to: "\(folder)/wanted.safetensors", heads: 2)
      try TestData.write(TorchArchive(try make()).bytes, to: "\(folder)/x.pth")
      let conversion = try Conversion.convert(
        ["\(folder)/x.pth"], to: "\(folder)/found.safetensors", heads: 2)
      let wanted = try SafetensorsFile("\(folder)/wanted.safetensors")
      let found = try SafetensorsFile("\(folder)/found.safetensors")
      #expect(found.names == wanted.names)
      for name in wanted.names {
        #expect(try found.tensor(name).values == wanted.tensor(name).values, "\(name)")
      }
      #expect(conversion.notes.joined(separator: "; ").contains(note), "\(conversion.notes)")
    }
  }

  /// Each would write the file `MARK` if anything in it were called.
  private static let hostile: [(String, @Sendable (String) -> Pickled)] = [
    ("system", { .call(.name("posix", "system"), [.text("touch \($0)")]) }),
    ("open", { .call(.name("builtins", "open"), [.text($0), .text("w")]) }),
    ("exec", { .call(.name("builtins", "exec"), [.text("open('\($0)', 'w')")]) }),
    (
      "getattr",
      {
        let method = Pickled.call(
          .name("builtins", "getattr"), [.call(.name("pathlib", "Path"), [.text($0)]), .text("touch")])
        return .call(method, [])
      }
    ),
    ("new", { .new(.name("subprocess", "Popen"), [.list([.text("touch"), .text($0)])]) }),
    (
      "state",
      {
        .built(
          .new(.name("mine", "Runs"), []), state: .call(.name("os", "system"), [.text("touch \($0)")]))
      }
    ),
    ("torch's own", { .call(.name("torch.storage", "_load_from_bytes"), [.text($0)]) }),
  ]

  @Test("nothing is executed", arguments: hostile.indices)
  func attacked(index: Int) throws {
    try TestData.withFolder { folder in
      let evil = Self.hostile[index].1("\(folder)/MARK")
      let root = Pickled.named(["evil": evil, "model": .named(try Self.model())])
      try TestData.write(TorchArchive(root).bytes, to: "\(folder)/x.pth")
      let conversion = try Conversion.convert(["\(folder)/x.pth"], to: "\(folder)/w.safetensors", heads: 2)
      #expect(conversion.notes.contains { $0.hasPrefix("left alone, nothing of it was executed: ") })
      #expect(try TestData.names(in: folder).sorted() == ["w.safetensors", "x.pth"])
    }
  }

  private func failure(_ root: Pickled, prefix: String? = nil) throws -> Failure? {
    try TestData.withFolder { folder in
      try TestData.write(TorchArchive(root).bytes, to: "\(folder)/x.pth")
      do {
        _ = try Conversion(Checkpoint(["\(folder)/x.pth"]), heads: 2, prefix: prefix)
        return nil
      } catch { return error as? Failure }
    }
  }

  @Test("which of several models") func several() throws {
    let root = Pickled.named(["a": .named(try Self.model()), "b": .named(try Self.model("module."))])
    #expect(try failure(root)?.reason == "holds 2 models, under 'a.', 'b.module.'")
    #expect(try failure(root)?.remedy == "say which with --prefix, for example --prefix a.")
    for prefix in ["a", "a.", "b", "b.module"] {
      #expect(try failure(root, prefix: prefix) == nil, "\(prefix)")
    }
    #expect(try failure(root, prefix: "c")?.kind == .usage)
  }

  @Test("parameters of a kind that is not read are named") func unread() throws {
    let members = try Self.model().map { name, tensor in
      (name, name == "norm.bias" ? Self.object("torch._utils", "_rebuild_qtensor", .none) : tensor)
    }
    let found = try failure(.named(members))
    #expect(found?.reason.contains("lacks 'norm.bias'") == true, "\(String(describing: found))")
    #expect(found?.remedy == "'norm.bias' is a torch._utils._rebuild_qtensor, which is not read")
  }

  @Test(
    "elements that are shared do not make a large model of a small file",
    arguments: [(1, false), (4, false), (1, true), (100, true)])
  func shared(depth: Int, isShared: Bool) throws {
    let sizes = DINOConfiguration(
      family: .dino, patchSize: 2, width: 64, depth: depth, heads: 2, hiddenWidth: 256, positionGrid: 3)
    // The largest comes first, so that all others can be views of it.
    let parameters = sizes.parameters.sorted { $0.shape.reduce(1, *) > $1.shape.reduce(1, *) }
    let members = parameters.enumerated().map { index, parameter -> (String, Pickled) in
      let values = [Float](repeating: 0.5, count: parameter.shape.reduce(1, *))
      return (
        parameter.name, index > 0 && isShared ? .view(parameter.shape) : .tensor(parameter.shape, values)
      )
    }
    let found = try failure(.named(members))
    #expect(
      found.map { $0.reason.hasSuffix("they share their elements") } ?? !isShared,
      "\(String(describing: found))")
  }
}
