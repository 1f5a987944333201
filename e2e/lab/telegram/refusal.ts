export type RefusalParameters = {
  readonly retry_after?: number
  readonly migrate_to_chat_id?: number
}

/** A Bot API method that says no: becomes `{ ok: false, error_code, description }` on the wire. */
export class Refusal extends Error {
  readonly code: number
  readonly parameters: RefusalParameters | undefined

  constructor(code: number, description: string, parameters?: RefusalParameters) {
    super(description)
    this.name = "Refusal"
    this.code = code
    this.parameters = parameters
  }

  toBody(): string {
    return JSON.stringify({
      ok: false,
      error_code: this.code,
      description: this.message,
      parameters: this.parameters,
    })
  }
}

export function badRequest(reason: string): Refusal {
  return new Refusal(400, `Bad Request: ${reason}`)
}
