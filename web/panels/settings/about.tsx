import { PROTOCOL_VERSION } from "#protocol"
import { later } from "../../text/later.ts"
import type { PanelProps } from "../panel.ts"

/** Versions, for a question to somebody who can help, and the licences of what the page is made of. */
export function About({ page }: PanelProps) {
  const helloOk = page.connection.helloOk.value
  const facts: readonly (readonly [string, string])[] = [
    [later.settings.page, later.settings.version(PAGE_VERSION, PAGE_COMMIT)],
    ...(helloOk === undefined
      ? []
      : [
          [
            later.settings.gatewayOn(helloOk.server.host),
            later.settings.version(helloOk.server.version, helloOk.server.commit ?? ""),
          ] as const,
        ]),
    [later.settings.protocol, String(helloOk?.protocol ?? PROTOCOL_VERSION)],
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
          {later.settings.licences}
        </a>
      </p>
    </>
  )
}
