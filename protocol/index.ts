// The only door of the contract.

export {
  AgentAck,
  AgentEvent,
  AgentFinal,
  AgentParams,
  Attachment,
  Delivery,
  Thinking,
  ToolData,
} from "./agent.ts"
export {
  AttachmentPart,
  ChatAbortParams,
  ChatAbortResult,
  ChatHistory,
  ChatHistoryParams,
  ChatMessage,
  isClientSession,
  MAIN_SESSION,
  Part,
  RunningTurn,
  SessionKey,
  TextPart,
  ThoughtPart,
  ToolPart,
} from "./chat.ts"
export {
  type ClientSignal,
  createProtocolClient,
  type PendingRequest,
  type ProtocolClient,
  type ProtocolClientOptions,
  type RequestOptions,
} from "./client.ts"
export { Command, CommandList } from "./commands.ts"
export { cutText, jsonBytes, splitByBytes } from "./cut.ts"
export {
  CLOSE,
  type Close,
  ErrorCode,
  type ErrorReason,
  ErrorShape,
  fromErrorShape,
  GatewayError,
  type GatewayErrorOptions,
  HelloErrorCode,
  invalidRequest,
  shuttingDown,
  toErrorShape,
} from "./errors.ts"
export {
  EVENT_NAMES,
  EVENTS,
  type EventName,
  type EventPayload,
  RUNS_CAPABILITY,
} from "./events.ts"
export {
  type ClientFrame,
  type DecodedText,
  decodeText,
  EventFrame,
  encodeFrame,
  Hello,
  HelloError,
  HelloOk,
  RequestFrame,
  RequestId,
  ResponseFrame,
  type ServerFrame,
} from "./frames.ts"
export {
  AgentState,
  CHANNEL_WORDS,
  ChannelHealth,
  ChannelState,
  type ChannelWord,
  DroppedSender,
  HealthSnapshot,
  InboxCounts,
  Notice,
  OutboxCounts,
  RecentSession,
  StatusSummary,
  toChannelWord,
  UnknownDelivery,
} from "./health.ts"
export { describeIssues, quote } from "./issues.ts"
export { findJsonFlaw, isObject, type JsonFlaw, toCanonicalJson } from "./json.ts"
export { LIMITS } from "./limits.ts"
export { LoginEvent, LoginStartParams, LoginState } from "./login.ts"
export { LogLine } from "./logs.ts"
export {
  isMethodName,
  METHOD_NAMES,
  METHODS,
  type MethodAck,
  type MethodName,
  type MethodParams,
  type MethodResult,
} from "./methods.ts"
export { OutboxRow } from "./outbox.ts"
export {
  PermissionDecided,
  PermissionOption,
  PermissionRequest,
  TOOL_KINDS,
  type ToolKind,
} from "./permissions.ts"
export { PresenceEntry, SystemEventParams } from "./presence.ts"
export { IdempotencyKey, SendParams, SendResult, Target } from "./send.ts"
export { AllowedSender } from "./senders.ts"
export { createSequenceCounter, type SequenceCounter } from "./sequence.ts"
export { SessionRow } from "./sessions.ts"
export { applyEvent, Policy, Snapshot, StateVersion } from "./snapshot.ts"
export { NOT_BLANK } from "./text.ts"
export { chooseVersion, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "./version.ts"
