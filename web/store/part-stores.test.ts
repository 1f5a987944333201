import { signal } from "@preact/signals"
import { expect, test } from "vitest"
import { createFakeRequests } from "../testing/fake-requests.ts"
import { createManualClock } from "../testing/manual-clock.ts"
import { health } from "../testing/samples.ts"
import { createPartStores } from "./part-stores.ts"

test("a store of a part is made once, when it is asked for, and hears what it listens to from then on", () => {
  const stores = createPartStores({
    gateway: createFakeRequests().requests,
    clock: createManualClock(),
    connection: { online: signal(true), offers: () => true },
    isVisible: () => true,
    toPageTime: (ts) => ts,
    setHealth: () => undefined,
  })
  const heard: unknown[] = []
  const create = () => ({
    forget: () => heard.push("forget"),
    missed: (lost: number) => heard.push(lost),
  })
  stores.tell("missed", 1)
  const store = stores.of(create)
  expect(stores.of(create)).toBe(store)
  expect(stores.of(() => ({ forget: () => undefined }))).not.toBe(store)
  stores.tell("missed", 2)
  stores.tell("healthChanged", health)
  stores.tell("forget")
  expect(heard).toEqual([2, "forget"])
})
