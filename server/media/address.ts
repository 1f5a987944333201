// Which addresses of the network are nobody's but ours: this machine, the networks around it, and what is no
// place at all. What a message names must never make the gateway knock there.

import { BlockList, isIP } from "node:net"

/** From IANA's registries of special-purpose addresses, multicast, and one that a cloud keeps for itself. */
const NOT_PUBLIC_V4 = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  // Azure's wire server, https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
  "168.63.129.16/32",
]

/** Within 2000::/3, outside of which nothing is public: Teredo and its like, documentation, 6to4. */
const NOT_PUBLIC_V6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]

/** Networks whose last 32 bits are an address of version 4, which then decides: mapped ones and NAT64. */
const WRAPPERS = ["0:0:0:0:0:ffff:", "64:ff9b:0:0:0:0:"]

const notPublicV4 = toBlockList(NOT_PUBLIC_V4, "ipv4")
const notPublicV6 = toBlockList(NOT_PUBLIC_V6, "ipv6")
const publicV6 = toBlockList(["2000::/3"], "ipv6")

/** Whether anybody may be sent to this address; false for what is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublicV4.check(address, "ipv4")
    case 6: {
      // One with a zone means a link of this machine.
      if (address.includes("%")) return false
      const wrapped = unwrap(address)
      if (wrapped !== undefined) return isPublicAddress(wrapped)
      return publicV6.check(address, "ipv6") && !notPublicV6.check(address, "ipv6")
    }
    default:
      return false
  }
}

function unwrap(address: string): string | undefined {
  const groups = toGroups(address)
  const text = groups.map((group) => group.toString(16)).join(":")
  if (!WRAPPERS.some((wrapper) => text.startsWith(wrapper))) return undefined
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join(".")
}

/** The eight groups of an address that is known to be one of version 6. */
function toGroups(address: string): number[] {
  const hex = address.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number)
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [head = "", tail] = hex.split("::")
  const before = readGroups(head)
  const after = readGroups(tail ?? "")
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length
  return [...before, ...Array.from({ length: zeros }, () => 0), ...after]
}

function readGroups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16))
}

function toBlockList(subnets: readonly string[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [network = "", bits] = subnet.split("/")
    list.addSubnet(network, Number(bits), family)
  }
  return list
}
