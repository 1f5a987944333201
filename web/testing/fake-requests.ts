// Requests of a store to a gateway that answers by hand.

import type { MethodName } from "#protocol"
import type { Requests } from "../gateway.ts"
import { settle } from "./manual-clock.ts"

export function createFakeRequests() {
  const open: {
    readonly method: MethodName
    readonly params: unknown
    readonly resolve: (payload: never) => void
    readonly reject: (error: Error) => void
  }[] = []

  function take(method: MethodName) {
    const index = open.findIndex((request) => request.method === method)
    const [request] = open.splice(index, index < 0 ? 0 : 1)
    if (request === undefined) {
      throw new Error(`nobody asked for ${method}, only for ${open.map((other) => other.method)}`)
    }
    return request
  }

  const requests: Requests = {
    request: (method, params) =>
      new Promise((resolve, reject) => {
        open.push({ method, params, resolve, reject })
      }),
  }

  return {
    requests,
    /** Methods that wait for an answer, oldest first. */
    get waiting(): readonly MethodName[] {
      return open.map(({ method }) => method)
    },
    /** Answers the oldest request for the method; resolves with what it asked. */
    async answer(method: MethodName, payload: unknown): Promise<unknown> {
      const { params, resolve } = take(method)
      resolve(payload as never)
      await settle()
      return params
    },
    async refuse(method: MethodName, error: Error): Promise<void> {
      take(method).reject(error)
      await settle()
    },
  }
}
