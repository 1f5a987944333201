import { createManualClock } from "../../testing/manual-clock.ts"
import { describeChannel } from "../contract.ts"
import { whatsapp } from "./index.ts"
import { prepare } from "./stub-channel.ts"
import { ADA, closedError } from "./stub-library.ts"

describeChannel({
  definition: whatsapp,
  clock: () => createManualClock(),
  async createFixture(parts) {
    const { channel, service } = await prepare(parts)
    return {
      channel,
      chat: ADA,
      received: () => service.sent.map(({ text }) => text),
      say: (text) => void service.say(text),
      repeat() {
        const letter = service.letters.at(-1)
        if (letter !== undefined) service.redeliver(letter)
      },
      failNext(fault) {
        if (fault === "unreached") service.throwNext(closedError())
        if (fault === "unknown") service.answer("never", "never")
        if (fault === "refused") service.answer({ error: 463 })
      },
      hold: service.hold,
      typing: () => service.typing.size,
    }
  },
})
