import { PROTOCOL_VERSION } from "#protocol"
import { text } from "../../text/index.ts"
import type { PanelProps } from "../panel.ts"

/** Versions, for a question to somebody who can help, and the licences of what the page is made of. */
export function About({ page }: PanelProps) {
  const helloOk = page.connection.helloOk.value
  const facts: readonly (readonly [string, string])[] = [
    [text.settings.page, text.settings.version(PAGE_VERSION, PAGE_COMMIT)],
    ...(helloOk === undefined
      ? []
      : [
          [
            text.settings.gatewayOn(helloOk.server.host),
            text.settings.version(helloOk.server.version, helloOk.server.commit ?? ""),
          ] as const,
        ]),
    [text.settings.protocol, String(helloOk?.protocol ?? PROTOCOL_VERSION)],
  ]
  return (
    <>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        <a href="/licences.txt" target="_blank" rel="noopener">
          {text.settings.licences}
        </a>
      </p>
    </>
  )
}
