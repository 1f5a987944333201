// What each setting means, in the words that an editor shows beside it. Only the schema for editors loads them.

import type { SettingKey } from "./settings.ts"

export const SETTING_TEXTS: Readonly<Record<SettingKey, string>> = {
  "gateway.port": "control port; 0 is any free one",
  "gateway.bind": "address to listen on; beyond loopback a token is required",
  "gateway.token": "what clients must send in hello",
  "gateway.allowedHosts":
    "names beyond localhost, 127.0.0.1 and [::1] under which it may be called, without port; requires a token",
  "gateway.allowedOrigins": "origins of other sites' pages that may connect",
  "gateway.trustedProxies":
    "addresses of proxies that may pass on what others ask; requires a token",
  "webchat.enabled": "whether there is a second port; the control port serves the page in any case",
  "webchat.port": "port of WebChat; 0 is any free one",
  "agent.engine": "who answers: the built-in engine, or an agent that speaks ACP",
  "agent.command": "for acp: a preset's name, or a list of a program and its arguments",
  "agent.cwd": "the agent's working directory: workspace in the state folder unless set",
  "agent.env": "names of variables that the agent gets beside the usual few",
  "agent.instructions": "text that the agent reads at the start of a conversation",
  "agent.instructionsFile": "a file with that text; excludes agent.instructions",
  "agent.timeoutSeconds": "longest run",
  "agent.maxConcurrent": "runs of different sessions side by side",
  "agent.permissions": "who decides what an agent asks permission for: a word, or rules",
  "agent.thinking": "how hard an agent thinks that offers the choice",
  "session.scope":
    "per-sender: each chat has its own conversation; main: private chats share main with WebChat",
  "session.idleMinutes":
    "after so much silence the next message begins a new conversation; 0: never",
  "session.links": "one person's chats that share a conversation",
  "session.handoverMinutes": "how long the bot keeps quiet where you wrote by hand; 0: not at all",
  "session.keepDays": "how many days the messages of conversations are kept; 0: for ever",
  "limits.runsPerSender": "how many runs one sender may start in that time",
  "alerts.to":
    "who is told when a channel is logged out, banned, taken over or given up, such as telegram:42",
  "media.maxMb": "largest file in either direction, in megabytes",
  "media.roots":
    "folders, as absolute paths, whose files may be sent beside those of the workspace",
  "media.allowHosts":
    "hosts from which files may be fetched although they are not on the public internet",
  "media.keepDays": "how many days files are kept",
  "media.transcribe": "a program and its arguments that print what is said in a voice note",
  timeZone: "a name such as Europe/Berlin; the system's unless set",
  "logging.level": "least level on stdout; the file always has debug",
  "logging.file": "where the JSON log goes: gateway.log in the state folder unless set",
  "logging.maxMb": "size at which the log is rotated, in megabytes",
}
