import Files
import Platform
import TestSupport
import Testing
import Viewer
import Volumes

@Suite("the journal of what people do")
struct JournalTests {
  static let point = VoxelPoint(x: 1, y: 2.5, z: 3)
  static let actions: [Action] = [
    .mark(Mark(point)), .mark(Mark(point, "ribosome")), .mark(Mark(point, isWanted: false)), .unmark(point),
    .judge(point, isPick: true), .judge(point, isPick: false), .judge(point, isPick: nil), .cut(0.37),
    .cut(nil),
    .undo, .searched(finds: 12), .exported(picks: 7),
  ]

  @Test("every action is read as it was written", arguments: actions) func roundTrip(action: Action) throws {
    #expect(Action(try JSON(parsing: action.json.text)) == action)
  }

  @Test(
    "what is no action is none",
    arguments: [
      "{}", "[]", "null", #"{"do": "run"}"#, #"{"do": "mark"}"#,
      #"{"do": "mark", "mark": {"point": [1, 2], "wanted": true}}"#,
      #"{"do": "mark", "mark": {"point": [1, 2, 1e300], "wanted": true}}"#,
      #"{"do": "mark", "mark": {"point": [1, 2, 3], "wanted": true, "class": ""}}"#,
      #"{"do": "mark", "mark": {"point": [1, 2, 3], "wanted": true, "class": "a b"}}"#,
      #"{"do": "mark", "mark": {"point": [1, 2, 3], "wanted": true, "class": 7}}"#,
      #"{"do": "mark", "mark": {"point": [1, 2, "3"], "wanted": true}}"#,
      #"{"do": "judge", "find": [1, 2, 3]}"#, #"{"do": "judge", "find": [1, 2, 3], "pick": 1}"#,
      #"{"do": "cut"}"#, #"{"do": "cut", "threshold": 1.1}"#, #"{"do": "cut", "threshold": "0.5"}"#,
    ])
  func malformed(text: String) throws {
    #expect(Action(try JSON(parsing: text)) == nil)
  }

  @Test("what was kept is there when it is opened again, with who and when") func kept() throws {
    try TestData.withFolder { folder in
      do {
        let journal = try Journal(in: folder, user: "ada")
        for action in Self.actions { try journal.append(action) }
      }
      let journal = try Journal(in: folder)
      #expect(journal.entries.map(\.action) == Self.actions)
      #expect(
        journal.entries.allSatisfy { $0.user == "ada" && $0.time.hasSuffix("Z") && $0.time.count == 20 })
    }
  }

  @Test("a line that was cut off at any byte is taken off, and those before it stay") func cutOff() throws {
    try TestData.withFolder { folder in
      do {
        let journal = try Journal(in: folder)
        for action in Self.actions.prefix(3) { try journal.append(action) }
      }
      let path = "\(folder)/\(Journal.name)"
      let bytes = try TestData.bytes(path)
      for length in stride(from: bytes.count, through: 0, by: -1) {
        try TestData.write(Array(bytes[..<length]), to: path)
        let lines = bytes[..<length].count { $0 == 10 }
        do {
          let journal = try Journal(in: folder)
          #expect(journal.entries.map(\.action) == Array(Self.actions.prefix(lines)), "\(length) bytes")
          try journal.append(.undo)
        }
        #expect(try Journal(in: folder).entries.map(\.action) == Array(Self.actions.prefix(lines)) + [.undo])
      }
    }
  }

  @Test("a damaged line is named") func damaged() throws {
    try TestData.withFolder { folder in
      try TestData.write(Array("{\"do\": \"undo\"}\n".utf8), to: "\(folder)/\(Journal.name)")
      #expect { try Journal(in: folder) } throws: { "\($0)".contains("\(Journal.name): line 1 is damaged") }
    }
  }

  @Test("two cannot have it open at once") func locked() throws {
    try TestData.withFolder { folder in
      let first = try Journal(in: folder)
      #expect { try Journal(in: folder) } throws: { "\($0)".contains("is open in another") }
      withExtendedLifetime(first) {}
    }
  }

  static let other = VoxelPoint(x: 9, y: 9, z: 9)

  @Test(
    "what stands of what was done",
    arguments: [
      ([.mark(Mark(point))], "marks 1 verdicts 0 cut - unsaved"),
      ([.mark(Mark(point)), .mark(Mark(point, "a"))], "marks 1 verdicts 0 cut - unsaved"),
      ([.mark(Mark(point)), .mark(Mark(other)), .unmark(point)], "marks 1 verdicts 0 cut - unsaved"),
      ([.mark(Mark(point)), .undo], "marks 0 verdicts 0 cut - unsaved"),
      ([.mark(Mark(point)), .unmark(point), .undo], "marks 1 verdicts 0 cut - unsaved"),
      ([.mark(Mark(point)), .searched(finds: 1)], "marks 1 verdicts 0 cut - saved"),
      ([.judge(point, isPick: true), .judge(other, isPick: false)], "marks 0 verdicts 2 cut - unsaved"),
      ([.judge(point, isPick: true), .judge(point, isPick: nil)], "marks 0 verdicts 0 cut - unsaved"),
      ([.cut(0.5), .cut(0.4), .undo], "marks 0 verdicts 0 cut 0.5 unsaved"),
      ([.cut(0.5), .exported(picks: 1)], "marks 0 verdicts 0 cut 0.5 saved"),
      ([.cut(0.5), .exported(picks: 1), .undo], "marks 0 verdicts 0 cut - unsaved"),
      ([.cut(0.5), .searched(finds: 1)], "marks 0 verdicts 0 cut 0.5 unsaved"),
      ([.undo], "marks 0 verdicts 0 cut - saved"),
    ] as [([Action], String)])
  func decisions(actions: [Action], expected: String) {
    let decisions = Decisions(actions.map { Entry($0, by: "ada", at: "2026-01-01T00:00:00Z") })
    let text =
      "marks \(decisions.marks.count) verdicts \(decisions.verdicts.count) cut "
      + "\(decisions.threshold.map { "\($0)" } ?? "-") \(decisions.isUnsaved ? "unsaved" : "saved")"
    #expect(text == expected)
  }
}
