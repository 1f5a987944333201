// How the gateway is doing.

import type { ComponentChildren } from "preact"
import type { AgentState, HealthSnapshot } from "#protocol"
import { text } from "../../text/index.ts"
import { later } from "../../text/later.ts"
import { Icon } from "../../ui/icon.tsx"
import { nameOf, type Tone, toneOf, wordOf } from "../channels/channel-state.ts"
import { toMoment } from "../dates.ts"
import type { PanelProps } from "../panel.ts"

export function HealthPanel({ page }: PanelProps) {
  const health = page.health.snapshot.value
  if (health === undefined) return <p class="muted">{later.health.unknown}</p>
  const verdict = verdictOf(health)
  const asOf = toMoment(page.health.toPageTime(health.ts), Date.now())
  return (
    <>
      {!page.connection.online.value && (
        <p class="row-state">
          <Icon name="clock" />
          {later.clients.asOf(asOf)}
        </p>
      )}
      <p class="health-verdict">
        <span class={`dot dot-${verdict}`} />
        <strong>{later.health[verdict]}</strong>
        <span class="muted">{text.channel.asOf(asOf)}</span>
      </p>
      <Channels channels={health.channels} />
      <Parts health={health} host={page.connection.helloOk.value?.server.host} />
    </>
  )
}

function verdictOf({ channels, ok }: HealthSnapshot): "good" | "busy" | "bad" {
  if (!ok) return "bad"
  const tones = Object.values(channels).map(toneOf)
  return tones.includes("busy") || tones.includes("bad") ? "busy" : "good"
}

function Channels({ channels }: Pick<HealthSnapshot, "channels">) {
  const shown = Object.entries(channels)
  return (
    <section aria-label={later.health.channels}>
      <h3 class="section-title">{later.health.channels}</h3>
      {shown.length === 0 && <p class="muted">{later.health.noChannels}</p>}
      <ul class="cards">
        {shown.map(([id, channel]) => (
          <li key={id} class="card">
            <div class="card-line">
              <span class={`dot dot-${toneOf(channel)}`} />
              <strong>{nameOf(id)}</strong>
              <span class="card-end">{wordOf(channel)}</span>
            </div>
            {channel.self !== undefined && <div class="muted">{channel.self}</div>}
            {channel.lastError !== undefined && <div class="problem">{channel.lastError}</div>}
          </li>
        ))}
      </ul>
    </section>
  )
}

const AGENT_TONES: Record<AgentState, Tone> = { ready: "good", missing: "bad", failed: "bad" }

function Parts({ health, host }: { health: HealthSnapshot; host: string | undefined }) {
  const { agent, storage, config, outbox } = health
  const { ok, failing } = later.health
  return (
    <dl class="facts">
      <Fact name={later.health.agent} tone={AGENT_TONES[agent.state]} problem={agent.lastError}>
        {agent.engine} · {text.agent[agent.state]}
      </Fact>
      <Fact
        name={later.health.storage}
        tone={storage.ok ? "good" : "bad"}
        problem={storage.lastError}
      >
        {storage.ok ? ok : failing}
      </Fact>
      <Fact name={later.health.config} tone={config.ok ? "good" : "bad"} problem={config.lastError}>
        {config.ok ? ok : failing}
      </Fact>
      <Fact name={later.health.outbox}>
        {outbox.pending + outbox.failed + outbox.unknown === 0
          ? later.health.outboxEmpty
          : later.health.outboxCounts(outbox.pending, outbox.failed, outbox.unknown)}
      </Fact>
      {host !== undefined && <Fact name={later.health.host}>{host}</Fact>}
      <Fact name={later.health.version}>{health.version}</Fact>
      <Fact name={later.health.uptime}>{text.duration(health.uptimeMs)}</Fact>
    </dl>
  )
}

interface FactProps {
  readonly name: string
  readonly tone?: Tone
  readonly problem?: string | undefined
  readonly children: ComponentChildren
}

function Fact({ name, tone, problem, children }: FactProps) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>
        {tone !== undefined && <span class={`dot dot-${tone}`} />}
        {children}
        {problem !== undefined && <div class="problem">{problem}</div>}
      </dd>
    </div>
  )
}
