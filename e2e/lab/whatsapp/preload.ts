// For `node --import`: points Baileys at the lab, from the environment that the lab names. The program that is started this
// way has no hook for it; it uses Baileys' defaults, and these are what changes.

import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { DEFAULT_CONNECTION_CONFIG, WA_CERT_DETAILS } from "@whiskeysockets/baileys"

const {
  LAB_WHATSAPP_URL: url,
  LAB_WHATSAPP_ROOT: root,
  LAB_WHATSAPP_CERTIFICATE: certificate,
} = process.env

if (url !== undefined) DEFAULT_CONNECTION_CONFIG.waWebSocketUrl = url
if (root !== undefined) WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(root, "hex")
if (certificate !== undefined) {
  const trusted = Buffer.from(certificate, "base64").toString()
  setDefaultCACertificates([...getCACertificates("default"), trusted])
}
