import Files
import Testing

@Suite("Strict JSON")
struct JSONTests {
  @Test(
    "good texts, read and written",
    arguments: [
      ("{}", "{}"), (" [ ] \n", "[]"), ("null", "null"), ("-0", "-0.0"), ("0", "0"),
      (#"{"b":1,"a":[true,false,null]}"#, #"{"b":1,"a":[true,false,null]}"#),
      ("9223372036854775807", "9223372036854775807"), ("9223372036854775808", "9.223372036854776e+18"),
      ("1.0", "1.0"), ("1e2", "100.0"), ("-1.25E-2", "-0.0125"), ("0.1", "0.1"),
      (#""\u00e4\ud83d\ude00\"\\\/\b\f\n\r\t""#, #""ä😀\"\\/\u0008\u000c\n\r\t""#),
      ("\"\u{7F}\"", #""\u007f""#),
    ])
  func roundTrip(text: String, written: String) throws {
    let json = try JSON(parsing: text)
    #expect(json.text == written)
    #expect(try JSON(parsing: json.text) == json)
    #expect(try JSON(parsing: json.prettyText) == json)
  }

  @Test(
    "bad texts",
    arguments: [
      ("", "ends where a value"), ("{", "no key"), ("[1", "no comma"), ("[1,]", "unexpected character"),
      (#"{"a":1,}"#, "no key"), (#"{"a" 1}"#, "no colon"), (#"{a:1}"#, "no key"),
      ("1 2", "something follows"),
      ("01", "malformed number"), ("-", "malformed number"), ("1.", "malformed number"), (".5", "unexpected"),
      ("+1", "unexpected"), ("1e", "malformed number"), ("1e999", "out of range"), ("NaN", "unexpected"),
      ("tru", "unknown word"), ("nulL", "unknown word"), ("\"a", "without end"), (#""\x""#, "unknown escape"),
      (#""\u12g4""#, "malformed \\u"), (#""\ud800""#, "lone surrogate"), (#""\udc00""#, "lone surrogate"),
      (#""\ud800\u0041""#, "lone surrogate"), ("\"\n\"", "control character"),
      (#"{"a":1,"a":2}"#, "duplicate key 'a'"),
      (#"{"a":1,"\u0061":2}"#, "duplicate key 'a'"), ("//\n1", "unexpected"), ("'a'", "unexpected"),
      (String(repeating: "[", count: 200), "nesting deeper than 128"), ("\u{FEFF}1", "unexpected"),
    ])
  func refusal(text: String, reason: String) throws {
    let failure = #expect(throws: Failure.self) { try JSON(parsing: text) }
    #expect(failure?.kind == .badData)
    #expect(failure?.reason.contains(reason) == true, "\(String(describing: failure))")
  }

  @Test func depthUpToTheLimitIsRead() throws {
    let limit = JSON.depthLimit
    let text = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(try JSON(parsing: text).text == text)
  }

  @Test func brokenUTF8IsRefused() {
    let texts: [[UInt8]] = [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
    ]
    for bytes in texts {
      #expect(throws: Failure.self) { try JSON(parsing: [0x22] + bytes + [0x22]) }
    }
  }

  @Test func duplicatesAreFoundAmongManyKeys() throws {
    let members = (0..<20).map { "\"k\($0)\":\($0)" }
    let json = try JSON(parsing: "{\(members.joined(separator: ","))}")
    #expect(json["k19"]?.int == 19 && json.object?.count == 20)
    #expect(throws: Failure.self) { try JSON(parsing: "{\(members.joined(separator: ",")),\"k3\":0}") }
  }

  @Test func membersKeepTheirPlace() throws {
    var object = JSON.Object()
    for index in 0..<12 { object["k\(index)"] = .integer(index) }
    object["k3"] = "changed"
    object["k5"] = nil
    #expect(object.keys.joined(separator: " ") == "k0 k1 k2 k3 k4 k6 k7 k8 k9 k10 k11")
    #expect(object["k3"]?.string == "changed" && object["k5"] == nil && object["k11"]?.int == 11)
  }

  @Test func accessorsTellKindsApart() throws {
    let json = try JSON(parsing: #"{"i":3,"f":3.0,"big":9223372036854775808,"l":[1,2],"m":[1,2.0]}"#)
    #expect(json["i"]?.int == 3 && json["i"]?.double == 3)
    #expect(json["f"]?.int == nil && json["f"]?.double == 3)
    #expect(json["big"]?.int == nil)
    #expect(json["l"]?.ints?.count == 2 && json["m"]?.ints == nil)
    #expect(json["none"] == nil && json["i"]?["x"] == nil)
  }

  @Test func prettyTextIsIndented() {
    let json: JSON = [
      "a": [1, 2], "b": ["c": [["d": 1.5]]], "e": [], "f": .object(JSON.Object()), "g": .number(.nan),
    ]
    let wanted = """
      {
        "a": [1, 2],
        "b": {
          "c": [
            {
              "d": 1.5
            }
          ]
        },
        "e": [],
        "f": {},
        "g": null
      }

      """
    #expect(json.prettyText == wanted)
  }
}
