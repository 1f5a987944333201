import { OperatorError } from "../host/errors.ts"

/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** The file with line and column, an environment variable, or a flag. */
  readonly where: string
  /** Path of the setting, if it is about one. */
  readonly key?: string
  /** Never a secret's value. */
  readonly text: string
}

const MAX_PROBLEMS = 5

/** The configuration cannot be used; the gateway must not start with less than it asks for. */
export class ConfigError extends OperatorError {
  override readonly name = "ConfigError"
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[], options?: ErrorOptions) {
    const shown = problems.slice(0, MAX_PROBLEMS).map(toSentence)
    const rest = problems.length - shown.length
    super([...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join("; "), options)
    this.problems = problems
  }
}

function toSentence({ where, key, text }: ConfigProblem): string {
  return key === undefined ? `${where} ${text}` : `${where} ${key}: ${text}`
}
