/// The version of both programs, as `--version` prints it and `run.json` records it.
public enum Version {
  public static let current = "0.1.0"
}
