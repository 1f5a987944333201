import { expect, test } from "vitest"
import { findShipped } from "../host/version.ts"
import { runCommands } from "../testing/run-commands.ts"
import { type ServiceParts, toService } from "./service.ts"
import { SERVICE } from "./service-command.ts"

const PARTS: ServiceParts = {
  program: "/opt/clawdis/bin/clawdis",
  stateDir: "/home/ann/.clawdis",
  home: "/home/ann",
  user: "ann",
  path: "/opt/clawdis/node_modules/.bin:/home/ann/.local/bin:bin:/usr/bin",
  pageIsBuilt: true,
}

const run = (line: string) =>
  runCommands([SERVICE], line, {
    CLAWDIS_STATE_DIR: "/srv/state",
    HOME: "/home/ann",
    PATH: "/usr/bin",
  })

test("the systemd unit restarts the gateway unless the operator must act, with absolute paths", () => {
  const { text, install } = toService("systemd", { ...PARTS, port: 18_800 })
  expect(text.split("\n")).toEqual(
    expect.arrayContaining([
      "ExecStart=/opt/clawdis/bin/clawdis gateway --port 18800",
      "User=ann",
      "WorkingDirectory=/home/ann",
      "Environment=CLAWDIS_STATE_DIR=/home/ann/.clawdis",
      "Environment=PATH=/home/ann/.local/bin:/usr/bin:/usr/local/bin:/bin",
      "Environment=CLAWDIS_GATEWAY_TOKEN=",
      "Restart=on-failure",
      "RestartPreventExitStatus=78",
      "KillMode=mixed",
      "WantedBy=multi-user.target",
    ]),
  )
  expect(install.join("\n")).toContain("systemctl enable --now clawdis-gateway.service")
  expect(install.join("\n")).toContain("service print systemd --port 18800 | sudo tee")
})

test("[CL20] a path with signs that mean something to a supervisor is written so that it means itself", () => {
  const odd = { ...PARTS, program: '/opt/a "b" 100%/$HOME/clawdis', stateDir: "/home/a & <b>" }
  const { text } = toService("systemd", { ...odd, configFile: "/etc/my clawdis.json" })
  expect(text).toContain('ExecStart="/opt/a \\"b\\" 100%%/$$HOME/clawdis" gateway\n')
  expect(text).toContain('Environment="CLAWDIS_STATE_DIR=/home/a & <b>"\n')
  expect(text).toContain('Environment="CLAWDIS_CONFIG_PATH=/etc/my clawdis.json"\n')
  expect(toService("launchd", odd).text).toContain("<string>/home/a &amp; &lt;b&gt;</string>")
  for (const manager of ["systemd", "launchd"] as const) {
    const broken = { ...PARTS, stateDir: "/home/a\nUser=root" }
    expect(() => toService(manager, broken)).toThrow("control character")
  }
})

test("the launchd agent is kept alive, and what it writes is for its user alone", () => {
  const { text, install } = toService("launchd", PARTS)
  expect(text).toContain(
    "<array><string>/opt/clawdis/bin/clawdis</string><string>gateway</string></array>",
  )
  expect(text).toContain("<key>KeepAlive</key><true/>")
  expect(text).toContain("<key>Umask</key><integer>63</integer>")
  expect(install.join("\n")).toContain("launchctl bootstrap gui/$(id -u)")
})

test("service print writes the unit to stdout and how to install it to stderr", async () => {
  const { code, out, err } = await run("service print systemd")
  expect(code).toBe(0)
  expect(out).toContain(`ExecStart=${findShipped("bin", "clawdis")} gateway\n`)
  expect(out).toContain("Environment=CLAWDIS_STATE_DIR=/srv/state\n")
  expect(err).toContain("To install it:")
  const json = JSON.parse((await run("service print launchd --json")).out)
  expect(json).toMatchObject({ manager: "launchd", text: expect.stringContaining("<plist") })
  expect(toService("systemd", { ...PARTS, pageIsBuilt: false }).install[0]).toContain("build")
})

test("[CL4] an unknown action or manager of service is wrong usage", async () => {
  expect(await run("service install systemd")).toMatchObject({ code: 2, out: "" })
  const { code, err } = await run("service print upstart")
  expect(code).toBe(2)
  expect(err).toContain("systemd or launchd")
})
