/// An error that a caller may want to tell from others, and that is otherwise a failure to show.
public protocol FailureConvertible: Error {
  var failure: Failure { get }
}
