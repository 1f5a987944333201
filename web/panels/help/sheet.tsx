import { useLayoutEffect, useRef } from "preact/hooks"
import { later } from "../../text/later.ts"
import { Button } from "../../ui/button.tsx"
import type { PanelProps } from "../panel.ts"
import { groupsOf } from "./groups.ts"
import "./help.css"

export function HelpSheet({ page }: PanelProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const { settings, view } = page
  useLayoutEffect(() => dialog.current?.showModal(), [])
  const groups = groupsOf({
    enter: settings.of("enter").value,
    singleKeys: settings.of("shortcuts").value === "on",
    isMac: /Mac|iPhone|iPad/.test(navigator.platform),
  })
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself.
    <dialog
      ref={dialog}
      class="dialog help"
      aria-labelledby="help-title"
      onClose={() => view.setHelp(false)}
      onClick={(event) => {
        // On the dialog itself means beside what is in it.
        if (event.target === dialog.current) dialog.current?.close()
      }}
    >
      <header class="side-head">
        <h2 id="help-title">{later.help.title}</h2>
        <Button
          label={later.help.close}
          icon="close"
          look="quiet"
          iconOnly
          onClick={() => dialog.current?.close()}
        />
      </header>
      <div class="help-body">
        {groups.map(({ keys, title }) => (
          <section key={title}>
            <h3 class="section-title">{title}</h3>
            <dl>
              {keys.map(({ combinations, does }) => (
                <div key={does} class="help-row">
                  <dt>{does}</dt>
                  <dd>
                    {combinations.map((combination) => (
                      <span key={combination.join()} class="help-keys">
                        {combination.map((key) => (
                          <kbd key={key}>{key}</kbd>
                        ))}
                      </span>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        {settings.of("shortcuts").value === "off" && <p class="muted">{later.help.off}</p>}
      </div>
    </dialog>
  )
}
