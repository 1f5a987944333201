// What a person can choose, and what they may want to know of the page.

import "./settings.css"
import { later } from "../../text/later.ts"
import { Section } from "../../ui/section.tsx"
import type { PanelProps } from "../panel.ts"
import { About } from "./about.tsx"
import { Choose, Language, Switch, TimeZone } from "./choose.tsx"
import { Export } from "./export.tsx"
import { Forget } from "./forget.tsx"
import { Notifications } from "./notifications.tsx"

export function SettingsPanel({ page }: PanelProps) {
  const { sections } = later.settings
  return (
    <div class="settings">
      <Section title={sections.look}>
        <Choose page={page} name="theme" />
        <Language page={page} />
        <Choose page={page} name="hours" />
        <TimeZone page={page} />
      </Section>
      <Section title={sections.conversation}>
        <Choose page={page} name="tools" />
        <Choose page={page} name="announce" />
        <Notifications page={page} />
      </Section>
      <Section title={sections.keys}>
        <Choose page={page} name="enter" />
        <Switch page={page} name="shortcuts" help={later.settings.shortcutsHelp} />
      </Section>
      <Section title={sections.session}>
        <Export page={page} />
      </Section>
      <Section title={sections.gateway}>
        <Forget page={page} />
      </Section>
      <Section title={sections.about}>
        <About page={page} />
      </Section>
    </div>
  )
}
