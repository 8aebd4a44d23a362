import Files
import Testing

@Suite("Secrets in addresses")
struct AddressTests {
  @Test(
    "user, password, query and fragment are hidden",
    arguments: [
      ("https://host/file.pth", "https://host/file.pth"),
      ("https://host:8080/a@b/c", "https://host:8080/a@b/c"),
      ("https://me:secret@host/file", "https://host/file"),
      ("https://me@host:80/file?download=1", "https://host:80/file?..."),
      ("https://me:se@cret@host/file", "https://host/file"),
      ("https://me:se/cret@host/file", "https://host/file"),
      (
        "https://bucket.s3.amazonaws.com/f?X-Amz-Signature=secret&x=1",
        "https://bucket.s3.amazonaws.com/f?..."
      ),
      ("https://host/file#secret", "https://host/file#..."), ("https://host?secret", "https://host?..."),
      ("HTTP://me:secret@[::1]:80/file", "HTTP://[::1]:80/file"), ("http://[::1]/file", "http://[::1]/file"),
      ("me:secret@host/file", "host/file"), ("host/file", "host/file"), ("", ""),
    ])
  func address(given: String, shown: String) {
    #expect(Address.withoutSecrets(given) == shown)
  }

  @Test(
    "addresses in a text are found, and nothing else is touched",
    arguments: [
      ("no address: a@b?c", "no address: a@b?c"),
      ("see https://me:secret@host/x?key=secret; and", "see https://host/x?...; and"),
      ("https://host/x?...: broke off", "https://host/x?...: broke off"), ("(http://a:b@c)", "(http://c)"),
      ("'https://me:secret@host/x' and \"http://a:b@c\"", "'https://host/x' and \"http://c\""),
      ("--url=https://host/x?token=secret\n", "--url=https://host/x?...\n"),
      ("me@host https://host/x", "me@host https://host/x"),
    ])
  func text(given: String, shown: String) {
    #expect(Address.hidingSecrets(in: given) == shown)
  }
}
