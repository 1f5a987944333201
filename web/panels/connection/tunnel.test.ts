import { expect, test } from "vitest"
import { isLoopback, toTunnelCommand } from "./tunnel.ts"

test("a tunnel can only begin on the machine itself", () => {
  for (const own of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "mini.localhost"]) {
    expect(isLoopback(own), own).toBe(true)
  }
  for (const other of ["192.168.1.2", "127.example.com", "localhost.example.com", "mini.local"]) {
    expect(isLoopback(other), other).toBe(false)
  }
})

test("the command forwards the page's port to where the gateway gives the page out, or to the same port", () => {
  const host = "mini.local"
  expect(toTunnelCommand({ port: "9000", host, gatewayPort: 18_788 })).toBe(
    "ssh -N -L 9000:127.0.0.1:18788 user@mini.local",
  )
  expect(toTunnelCommand({ port: "18788", host, gatewayPort: undefined })).toBe(
    "ssh -N -L 18788:127.0.0.1:18788 user@mini.local",
  )
  expect(toTunnelCommand({ port: "", host, gatewayPort: undefined })).toBe(
    "ssh -N -L 80:127.0.0.1:80 user@mini.local",
  )
})
