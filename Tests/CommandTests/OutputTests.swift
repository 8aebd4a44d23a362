import CommandLineKit
import Testing

@Suite("What a command prints")
struct OutputTests {
  @Test(
    "commands nothing of the terminal",
    arguments: [
      ("plain é 蛋白\n\tx", "plain é 蛋白\n\tx"), ("a\u{1B}[31mred", "a?[31mred"), ("a\u{9B}2J\u{7}", "a?2J?"),
      ("x\u{202E}y", "x?y"), ("\rover", "?over"),
    ])
  func printable(text: String, shown: String) {
    #expect(Output.printable(text) == shown)
  }
}
