// Any method by its name, for debugging; the gateway judges the params.

import { connect, type Link } from "./connect.ts"
import { ClientFailure } from "./failure.ts"
import { waitFor } from "./wait.ts"

export interface CallOptions {
  /** Waits past the acknowledgement of a two-stage method, as long as it takes. */
  readonly expectFinal: boolean
}

export async function call(
  link: Link,
  method: string,
  params: Readonly<Record<string, unknown>>,
  { expectFinal }: CallOptions,
): Promise<unknown> {
  const connection = await connect(link)
  try {
    const answer = connection.call(method, params, expectFinal ? () => undefined : undefined)
    return await waitFor(answer, {
      signal: link.signal,
      ...(!expectFinal && {
        timeoutMs: link.timeoutMs,
        onTimeout: () =>
          new ClientFailure(
            "timeout",
            `The gateway did not answer ${method} within ${link.timeoutMs / 1_000} s.`,
          ),
      }),
    })
  } finally {
    connection.close()
  }
}
