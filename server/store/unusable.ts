// Why a state folder cannot be used.

/** Another process holds the state folder. */
export class StateInUseError extends Error {
  override readonly name = "StateInUseError"
}

/** The operator must act: the state is damaged, or a newer program wrote it. */
export class StateUnusableError extends Error {
  override readonly name = "StateUnusableError"
}

export interface SqliteError extends Error {
  readonly errcode: number
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR"
}
