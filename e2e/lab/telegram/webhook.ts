import { badRequest } from "./refusal.ts"

/** The service delivers here instead of answering polls. The lab keeps the address and calls nobody. */
export type Webhook = ReturnType<typeof createWebhook>

export function createWebhook() {
  let url = ""
  return {
    get url(): string {
      return url
    },
    set(address: string): void {
      if (address !== "" && !address.startsWith("https://")) {
        throw badRequest("bad webhook: An HTTPS URL must be provided for webhook")
      }
      url = address
    },
  }
}
