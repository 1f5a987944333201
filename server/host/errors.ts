// Failures that end the program with one sentence for the person who started it, and no stack.

/** The program cannot go on; starting it again may help. Exit code 1. */
export class FatalError extends Error {
  override readonly name: string = "FatalError"
}

/** Only the operator can put this right, so starting it again cannot help. Exit code 78. */
export class OperatorError extends FatalError {
  override readonly name: string = "OperatorError"
}
