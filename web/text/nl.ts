// Every string of the page, in Dutch.

import type { Catalogue } from "./catalogue.ts"
import { createMeasures } from "./measures.ts"

const measures = createMeasures("nl", {
  second: "s",
  minute: "min",
  hour: "u",
  day: { one: "dag", other: "dagen" },
})
const { age, decimal, duration, wait } = measures
const count = (n: number, one: string, other: string) => measures.count(n, { one, other })

export const nl: Catalogue = {
  brand: "Clawdis",
  skipToMessage: "Naar het berichtveld",
  wait,
  duration,
  age,
  justNow: "zojuist",

  header: {
    connection: "Verbinding",
    channels: "Kanalen",
    view: "Weergave",
    menu: "Gesprekken en panelen",
    notLoaded: "Een deel van de pagina kon niet worden geladen.",
    again: "Opnieuw proberen",
    theme: { system: "Thema: zoals het systeem", light: "Thema: licht", dark: "Thema: donker" },
    close: "Sluiten",
  },

  panels: {
    channels: "Kanalen",
    clients: (n) => `Clients (${n})`,
    health: "Toestand",
    logs: "Logboek",
    events: "Events",
    settings: "Instellingen",
  },

  channel: {
    names: { whatsapp: "WhatsApp", telegram: "Telegram" },
    badges: { whatsapp: "WA", telegram: "TG" },
    state: {
      off: "uit",
      connecting: "verbindt",
      open: "verbonden",
      waiting: "wacht op een nieuwe poging",
      replaced: "door een ander vervangen",
      logged_out: "afgemeld",
      banned: "geblokkeerd",
      failed: "mislukt",
      not_linked: "niet gekoppeld",
    },
    asOf: (time) => `stand van ${time}`,
    open: "kanalen openen",
    link: (channel) => `${channel} koppelen`,
  },

  agent: { ready: "klaar", missing: "niet gevonden", failed: "mislukt" },

  strip: {
    label: "Instellen",
    agent: (engine) => `Agent: ${engine}`,
    sayHello: "Zeg hallo",
    finished: "Klaar. Probeer /status, of sluit deze pagina: de gateway draait door.",
    dismiss: "Sluiten",
  },

  sessions: {
    title: "Gesprekken",
    main: "Thuis",
    untitled: "Nieuw gesprek",
    new: "Nieuw gesprek",
    web: "Web",
    unread: (n) => `${n} ongelezen`,
    running: "bezig",
    filter: "Gesprekken filteren",
    found: (n) => count(n, "gesprek", "gesprekken"),
    noneFound: (words) => `Geen gesprek heet “${words}”.`,
    noneFoundYet: (words) => `Geen geladen gesprek heet “${words}”.`,
    more: "Meer laden",
    loadingMore: "Laden…",
    failed: "De gesprekken konden niet worden geladen.",
    retry: "Opnieuw proberen",
    menuOf: (title) => `Meer voor ${title}`,
    rename: "Naam wijzigen",
    cancel: "Annuleren",
    reset: "Opnieuw beginnen",
    remove: "Verwijderen",
    exportMarkdown: "Exporteren als Markdown",
    exportJson: "Exporteren als JSON",
    seen: "OK",
    goneLabel: "Gesprek verwijderd",
    gone: (title) => `“${title}” is door iemand anders verwijderd.`,
  },

  link: {
    booting: "start op",
    connecting: "verbindt",
    unauthorised: "token nodig",
    incompatible: "past niet",
    ready: "verbonden",
    refreshing: "verbonden",
    stale: "verbonden",
    offline: "geen verbinding",
    restarting: "herstart",
    gateway: (host) => `Gateway ${host}`,
    latency: (ms) => `${Math.max(1, Math.round(ms))} ms`,
    version: (version) => `v${version}`,
  },

  banner: {
    label: "Toestand van de verbinding",
    connecting: (host) => `Verbinden met ${host}…`,
    unreachable: "De gateway is niet bereikbaar.",
    reconnecting: "Verbinding wordt hersteld.",
    nextTry: (time) => `Volgende poging over ${time}.`,
    trying: "Nu opnieuw proberen…",
    hint: (host) =>
      `${host} is niet bereikbaar. Draait de gateway, en staat de tunnel ernaartoe nog open?`,
    cause: (host, why) => `${host} antwoordt, maar: ${why}`,
    tunnel: (host) =>
      `${host} is niet bereikbaar. Draait de gateway op deze machine? Zo niet, staat de SSH-tunnel dan nog open?`,
    machine: "host",
    insecure:
      "Via gewoon http vanaf een andere machine is niets versleuteld en toont de browser geen meldingen. Gebruik https of een SSH-tunnel.",
    insecureLabel: "Deze pagina is niet afgeschermd",
    understood: "Begrepen",
    restarting: (reason) => `De gateway herstart (${reason}).`,
    catchingUp: "Bijwerken…",
    stale: "Bijwerken is niet gelukt.",
    back: "Weer verbonden",
    retryNow: "Nu proberen",
    retry: "Opnieuw proberen",
    waiting: (n) =>
      n === 1
        ? "1 bericht wacht om verstuurd te worden."
        : `${count(n, "bericht", "berichten")} wachten om verstuurd te worden.`,
  },

  incompatible: {
    older: "Deze pagina is ouder dan de gateway",
    newer: "Deze pagina is nieuwer dan de gateway",
    other: "Deze pagina en de gateway begrijpen elkaar niet",
    help: "Laad de pagina opnieuw, dan komt de versie die bij de gateway hoort.",
    again: "Opnieuw laden heeft niet geholpen. Kijk welke versie van de gateway er draait.",
    reload: "Opnieuw laden",
  },

  chat: {
    label: "Gesprek",
    conversation: "Berichten",
    you: "Jij",
    assistant: "Clawdis",
    note: "Notitie",
    emptyTitle: "Zeg hallo",
    emptyHelp:
      "Berichten gaan naar je agent. Het antwoord verschijnt hier terwijl het geschreven wordt.",
    examples: [
      "Wat kun je?",
      "Wat staat er vandaag op mijn lijst?",
      "Vat samen wat we besproken hebben",
    ],
    older: "Eerdere berichten laden",
    olderLoading: "Eerdere berichten worden geladen…",
    olderFailed: "Eerdere berichten konden niet worden geladen. Probeer het opnieuw",
    jump: (n) => (n === 0 ? "Naar het nieuwste" : `Naar het nieuwste (${n} nieuw)`),
    today: "Vandaag",
    yesterday: "Gisteren",
    working: "Bezig…",
    workingFor: (time) => `Bezig… ${time}`,
    missed: "Een stuk van het antwoord is gemist.",
    stopped: "Door jou gestopt",
    stopping: "Stoppen…",
    asks: "Wacht op je antwoord",
    unconfirmed: "De agent heeft niet bevestigd. Misschien werkt hij nog door.",
    queued: "Hierna",
    attachment: (name) => `Bijlage: ${name}`,
    cut: "De rest is weggelaten.",
    showAll: "Alles tonen",
    via: (channel) => `via ${channel}`,
  },

  pending: {
    queued: "Wacht om verstuurd te worden",
    sending: "Wordt verstuurd",
    accepted: "Verstuurd",
    failed: "Niet verstuurd",
    uncertain: "Niet zeker of dit is aangekomen.",
    missing: "Het staat niet in dit gesprek.",
    check: "Nakijken",
    unkept:
      "Deze browser bewaart niets voor deze pagina. Wat nog niet verstuurd is, gaat verloren als je de pagina sluit.",
    unkeptLabel: "Er wordt niets bewaard",
    sendAgain: "Opnieuw versturen",
    sendTo: (title) => `Versturen naar ${title}`,
    edit: "Bewerken",
    discard: "Weggooien",
  },

  tools: {
    summary: (n, running, time) =>
      [
        count(n, "handeling", "handelingen"),
        running > 0 ? `${running} bezig` : undefined,
        running === 0 ? time : undefined,
      ]
        .filter((word) => word !== undefined)
        .join(" · "),
    running: (name, n, time) => {
      const more = [n > 1 ? count(n, "handeling", "handelingen") : undefined, time]
      const words = more.filter((word) => word !== undefined).join(", ")
      return words === "" ? `Bezig: ${name}` : `Bezig: ${name} (${words})`
    },
  },

  toolList: {
    state: { running: "bezig", ok: "gelukt", failed: "mislukt", unknown: "afloop onbekend" },
    input: "Invoer",
    output: "Uitvoer",
    cut: "Ingekort; de rest wordt niet getoond.",
    showAll: (n) => `Alle ${count(n, "regel", "regels")} tonen`,
    noOutput: "Geen uitvoer.",
  },

  permission: {
    title: "De agent vraagt je toestemming",
    always: "‘Altijd’ wordt door de agent onthouden, en geldt ook in andere gesprekken.",
    kinds: {
      allow_once: "Toestaan",
      allow_always: "Altijd toestaan",
      reject_once: "Weigeren",
      reject_always: "Altijd weigeren",
    },
    left: (ms) => {
      if (ms >= 90_000)
        return `Nog ongeveer ${Math.round(ms / 60_000)} minuten. Dan wordt het geweigerd.`
      if (ms > 10_000)
        return `Nog ${Math.ceil(ms / 10_000) * 10} seconden. Dan wordt het geweigerd.`
      return ms > 0 ? "Nog een paar seconden. Dan wordt het geweigerd." : "De tijd is om."
    },
    notSent: (problem) => `Misschien is je antwoord niet aangekomen: ${problem}`,
    decided: {
      allow_once: "Toegestaan",
      allow_always: "Altijd toegestaan",
      reject_once: "Geweigerd",
      reject_always: "Altijd geweigerd",
    },
    by: {
      you: (decided) => `${decided} door jou`,
      client: (decided) => `${decided} vanuit een ander venster of programma`,
      rule: (decided) => `${decided} door een regel`,
      timeout: (decided) => `${decided}: niemand antwoordde op tijd`,
      abort: (decided) => `${decided}: het werk is gestopt`,
    },
    elsewhere: "Al beantwoord",
    of: (outcome, title) => `${outcome} · ${title}`,
  },

  thought: {
    now: "Denkt na…",
    done: (time) => (time === undefined ? "Nagedacht" : `${time} nagedacht`),
  },

  errors: {
    NOT_LINKED: "WhatsApp is niet gekoppeld.",
    AGENT_TIMEOUT: "Er kwam niet op tijd een antwoord.",
    INVALID_REQUEST: "De pagina stuurde iets wat de gateway weigerde.",
    UNAVAILABLE: "De gateway kon dit nu niet doen.",
    interrupted: "De gateway stopte midden in dit antwoord.",
    agent_failed: "De agent liep vast.",
    over_capacity: "De gateway heeft het druk.",
    shutting_down: "De gateway is aan het stoppen.",
    storage: "De gateway kan niet naar zijn opslag schrijven.",
    conversation_deleted: "Het gesprek waarvoor dit was, is verwijderd.",
    request_too_large: "Dit bericht is te groot.",
    outcome_unknown: "Het is niet zeker of dit iets gedaan heeft.",
    sentAgain: "Het wordt vanzelf opnieuw verstuurd.",
    unknown: "Dit antwoord is mislukt.",
    copyDetails: "Details kopiëren",
    details: "Details",
    code: "Code",
    run: "Run",
    edit: "Bewerken",
    retry: "Opnieuw proberen",
  },

  composer: {
    form: "Bericht",
    label: "Bericht",
    placeholder: "Bericht aan Clawdis…",
    send: "Versturen",
    sendLater: "Versturen zodra er verbinding is",
    sendNext: "Hierna versturen",
    stop: "Stoppen",
    stopping: "Stoppen…",
    hint: {
      send: "Enter verstuurt, Shift+Enter maakt een nieuwe regel, Esc stopt",
      newline: "Ctrl+Enter verstuurt, Enter maakt een nieuwe regel, Esc stopt",
    },
  },

  files: {
    attach: "Bestanden toevoegen",
    waiting: "Bestanden om te versturen",
    drop: "Laat bestanden los om ze toe te voegen",
    remove: (name) => `${name} weghalen`,
    reading: (share) => `Laden… ${Math.round(share * 100)} %`,
    size: (bytes) =>
      bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${decimal(bytes / 1_000_000)} MB`,
    empty: "Het bestand is leeg",
    tooLarge: (bytes) => `Te groot: samen hoogstens ${Math.floor(bytes / 1_048_576)} MB`,
    tooMany: (n) => `Bij een bericht passen hoogstens ${n} bestanden`,
    unreadable: "Het bestand kan niet worden gelezen",
    unkept: "Deze browser kan deze bestanden niet bewaren: na herladen zijn ze weg.",
    picture: (name) => (name === "" ? "Afbeelding" : `Afbeelding: ${name}`),
    failed: "Kon niet worden geladen",
    save: (name) => `${name} opslaan`,
    state: {
      expired: "niet meer bewaard",
      blocked: "geblokkeerd",
      unavailable: "niet beschikbaar",
    },
  },

  copy: {
    copy: "Kopiëren",
    copied: "Gekopieerd",
    code: "Code kopiëren",
    message: "Bericht kopiëren",
  },

  markdown: {
    code: "Code",
    image: (alt) => (alt === "" ? "Afbeelding" : `Afbeelding: ${alt}`),
    more: "Meer tonen",
    wrap: "Regels afbreken",
  },

  message: {
    menu: "Meer",
    copyMarkdown: "Kopiëren als Markdown",
    copyText: "Kopiëren als tekst",
    again: "Opnieuw antwoorden",
    editAndSend: "Bewerken en opnieuw versturen",
    took: (time) => `in ${time}`,
  },

  next: {
    title: "Hierna",
    edit: "Bewerken",
    remove: "Verwijderen",
    up: "Omhoog",
    down: "Omlaag",
    of: (action, message) => `${action}: ${message}`,
  },

  commands: {
    title: "Opdrachten",
    found: (n) => count(n, "opdracht", "opdrachten"),
  },

  tab: {
    unread: (n, brand) => `(${n}) ${brand}`,
    replied: "Het antwoord is er.",
    failed: "Er kwam geen antwoord.",
  },

  announce: {
    channel: (channel, word) => `${channel}: ${word}`,
    offline: "De verbinding met de gateway is verbroken. Ze wordt hersteld.",
    connected: "Verbonden",
    caughtUp: "Bijgewerkt",
    restarting: "De gateway herstart.",
    replying: "Het antwoord komt",
    asks: (title) => `De agent vraagt: ${title}`,
    stillWorking: "Nog bezig",
  },

  sessionForms: {
    name: "Naam van het gesprek",
    nameHelp: "Leeg: genoemd naar waar het over gaat",
    save: "Opslaan",
    resetAsk: (title) =>
      `“${title}” opnieuw beginnen? De agent vergeet wat er is gezegd, en het wordt niet meer getoond.`,
    removeAsk: (title, isUnsent) =>
      `“${title}” verwijderen, met alles wat erin is gezegd? ${isUnsent ? "Ook wat je schreef en niet verstuurde gaat verloren. " : ""}Dit kan niet ongedaan worden gemaakt.`,
    notDone: {
      rename: "De naam is niet gewijzigd.",
      reset: "Het is niet opnieuw begonnen.",
      remove: "Het is niet verwijderd.",
    },
  },

  exported: {
    soFar: (n) => `Exporteren: ${count(n, "bericht", "berichten")} tot nu toe`,
    saved: (name) => `Opgeslagen als ${name}`,
    failed: "Het is niet geëxporteerd.",
    attachment: (name) => `Bijlage: ${name}`,
    tool: (name) => `Gereedschap: ${name}`,
    thought: "Gedachte",
    cut: "De rest is afgekapt.",
    incomplete: "Dit antwoord is niet volledig.",
    from: (name, channel) => `${name} (${channel})`,
  },

  logs: {
    lines: "Regels van het logboek",
    level: "Niveau",
    levels: {
      debug: "alles",
      info: "info en hoger",
      warn: "waarschuwingen en fouten",
      error: "fouten",
    },
    filter: "Filteren",
    none: "Er is nog niets gelogd.",
    noneFound: "Geen regel komt overeen.",
    loading: "Laden…",
    pause: "Pauze",
    resume: "Verder",
    paused: "Gepauzeerd. Nieuwe regels komen als het verdergaat.",
    clear: "Wissen",
    copyAll: (n) => `${count(n, "regel", "regels")} kopiëren`,
    copyLine: "Regel kopiëren",
    copied: "Gekopieerd",
    jump: "Naar het nieuwste",
    asOf: (time) => `Niet verbonden met de gateway. Dit is de stand van ${time}.`,
    failed: (problem) =>
      `Het logboek kon niet worden gelezen: ${problem} Het wordt opnieuw geprobeerd.`,
  },

  events: {
    list: "Gebeurtenissen van de gateway",
    help: "Wat de gateway naar deze pagina stuurt, zoals het komt. Zolang dit dicht is, wordt niets bewaard.",
    show: "Tonen",
    all: (n) => `Alle (${n})`,
    of: (name, n) => `${name} (${n})`,
    none: "Er is nog niets gekomen.",
    noneFound: "Hiervan is er nog geen gekomen.",
    gap: (n) => `${count(n, "gebeurtenis", "gebeurtenissen")} verloren`,
    lost: (n) => `${n} verloren`,
    connected: "Verbonden: de nummers beginnen opnieuw",
    bytes: (n) => (n < 1_000 ? `${n} B` : `${decimal(n / 1_000)} kB`),
    paused: "Gepauzeerd. Wat intussen komt, wordt niet getoond.",
    copyAll: (n) => `${count(n, "gebeurtenis", "gebeurtenissen")} kopiëren`,
    copyOne: "Gebeurtenis kopiëren",
  },

  token: {
    title: "Deze gateway vraagt om een token",
    missing: "Er is geen token opgegeven.",
    wrong: "Het token klopt niet.",
    throttled: (time) => `Te veel pogingen. Wacht ${time}.`,
    help: "Op de machine waar de gateway draait, toont dit het:",
    command: "clawdis token show",
    helpPaste:
      "Plak het token, of de hele link van ‘clawdis open --no-open’, die eindigt op #token=….",
    label: "Token",
    show: "Token tonen",
    hide: "Token verbergen",
    remember: "Onthouden op dit apparaat",
    connect: "Verbinden",
    notAToken: "In deze link zit geen token.",
    gateway: (host, version) => `${host} · v${version}`,
  },

  help: {
    title: "Sneltoetsen",
    close: "Sluiten",
    writing: "In het berichtvak",
    anywhere: "Overal",
    outside: "Buiten een invoerveld",
    off: "Losse toetsen staan uit in de instellingen.",
    keys: {
      ctrl: "Ctrl",
      cmd: "⌘",
      shift: "Shift",
      enter: "Enter",
      esc: "Esc",
      up: "↑",
    },
    does: {
      send: "Versturen",
      newline: "Nieuwe regel",
      stop: "Het antwoord stoppen, of sluiten wat open is",
      recall: "Je laatste bericht terughalen, als het vak leeg is",
      commands: "Een opdracht kiezen, aan het begin van het bericht",
      find: "Een gesprek zoeken",
      newSession: "Nieuw gesprek",
      regions: "Naar het volgende deel van de pagina",
      focus: "Een bericht schrijven",
      help: "Deze sneltoetsen tonen",
    },
  },

  clients: {
    title: "Clients",
    none: "Er is niemand verbonden.",
    gateway: "gateway",
    self: "deze browser",
    since: (time) => `sinds ${time}`,
    idle: (time) => `laatste invoer ${time} geleden`,
    asOf: (time) => `Niet verbonden met de gateway. Dit is de stand van ${time}.`,
    modes: { gateway: "gateway", webchat: "webpagina", app: "app", cli: "opdrachtregel" },
  },

  health: {
    good: "Alles werkt",
    busy: "Werkt, maar een kanaal is niet verbonden",
    bad: "Er is iets wat aandacht vraagt",
    unknown: "Nog niets van de gateway gehoord.",
    agent: "Agent",
    channels: "Kanalen",
    noChannels: "Er is geen kanaal ingesteld.",
    storage: "Opslag",
    config: "Configuratie",
    ok: "in orde",
    failing: "mislukt",
    uptime: "Draait al",
    version: "Versie",
    host: "Machine",
    outbox: "Uitgaand",
    outboxEmpty: "alles is verstuurd",
    outboxCounts: (pending, failed, unknown) =>
      `${pending} in de wacht, ${failed} mislukt, ${unknown} onzeker`,
  },

  channels: {
    asOf: (time) => `Geen verbinding met de gateway. Dit is de stand van ${time}.`,
    stale: "Bijwerken is niet gelukt.",
    retry: "Opnieuw proberen",
    as: (self) => `als ${self}`,
    since: (time) => `sinds ${time}`,
    inbound: (time) => `Laatste bericht ${time}`,
    noInbound: "Er is nog geen bericht binnengekomen",
    ago: (time) => `${time} geleden`,
    nextTry: (time) => `Volgende poging over ${time}.`,
    notLinked: "Koppel een account, dan beantwoordt de agent wat eraan geschreven wordt.",
    notConfigured: (id) =>
      `Niet ingesteld. De instellingen staan in de configuratie onder channels.${id}.`,
    advice: {
      off: undefined,
      connecting: undefined,
      open: undefined,
      waiting: "Het wordt vanzelf opnieuw geprobeerd.",
      replaced:
        "Een ander programma gebruikt hetzelfde account. Sluit dat af en herstart dan de gateway.",
      logged_out: "Het account is van deze gateway losgekoppeld. Koppel het opnieuw.",
      banned: "Open de app op de telefoon en volg wat er staat. Koppel niet steeds opnieuw.",
      failed:
        "Het wordt niet vanzelf opnieuw geprobeerd. Verhelp de oorzaak en herstart dan de gateway.",
    },
    logout: "Afmelden",
    logoutOf: (channel) => `Afmelden bij ${channel}`,
    logoutAsk: (channel, self) =>
      `De gateway loskoppelen van ${self ?? "het account"}? ${channel} zwijgt tot er weer een account gekoppeld is.`,
    cancel: "Annuleren",
    dropped: "Afgewezen",
    droppedHelp: "Zij schreven en kregen geen antwoord.",
    noDropped: "Niemand is afgewezen.",
    wrote: (n, time) => `${count(n, "bericht", "berichten")}, laatste ${time}`,
    allow: "Toelaten",
    allowName: (name) => `${name} toelaten`,
    allowed: "Toegelaten",
    allowedSince: (time) => `toegelaten ${time}`,
    noAllowed: "Behalve door de configuratie is niemand toegelaten.",
    configured: "Door de configuratie",
    remove: "Verwijderen",
    removeName: (name) => `${name} verwijderen`,
    everybody: "iedereen",
    outbox: "Niet verstuurd",
    noOutbox: "Alles is verstuurd.",
    delivery: {
      pending: "wacht om verstuurd te worden",
      sending: "wordt verstuurd",
      failed: "mislukt",
      unknown: "is misschien aangekomen, misschien niet",
    },
    to: (to) => `aan ${to}`,
    tries: (n) => count(n, "poging", "pogingen"),
    retryDelivery: "Opnieuw proberen",
    retryTo: (to) => `Het bericht aan ${to} opnieuw proberen`,
    twice: "Het kan dan twee keer aankomen. Toch opnieuw versturen?",
    sendAgain: "Opnieuw versturen",
    drop: "Laten vallen",
    dropTo: (to) => `Het bericht aan ${to} laten vallen`,
    dropAsk: "Voorgoed weghalen? Het wordt dan niet verstuurd.",
  },

  linking: {
    title: (channel) => `${channel} koppelen`,
    close: "Sluiten",
    steps: {
      whatsapp: {
        qr: [
          "Open WhatsApp op de telefoon.",
          "Open Instellingen en dan Gekoppelde apparaten.",
          "Tik op Apparaat koppelen en richt de camera op deze code.",
        ],
        code: [
          "Open WhatsApp op de telefoon.",
          "Open Instellingen, dan Gekoppelde apparaten, en tik op Apparaat koppelen.",
          "Tik op Koppelen met telefoonnummer en typ deze code.",
        ],
      },
    },
    anySteps: {
      qr: ["Open de app op de telefoon.", "Zoek gekoppelde apparaten.", "Scan deze code."],
      code: ["Open de app op de telefoon.", "Zoek gekoppelde apparaten.", "Typ deze code."],
    },
    howTo: "Op de telefoon",
    preparing: "Code wordt opgehaald…",
    qr: "QR-code om met de telefoon te scannen",
    newCodeIn: (time) => `Nieuwe code over ${time}`,
    waitingForCode: "Wachten op een nieuwe code…",
    validFor: (time) => `Nog ${time} geldig`,
    newCode: (seconds) => `Nieuwe code, ${seconds} seconden`,
    newTypedCode: (code, time) => `Je code: ${code}. Nog ${time} geldig`,
    typedCode: "Code om op de telefoon te typen",
    copyCode: "Code kopiëren",
    useCode: "Liever een code typen",
    useQr: "Liever een QR-code scannen",
    phoneIntro:
      "Je krijgt een code om op de telefoon te typen. Daarvoor moet de dienst weten om welk account het gaat.",
    phone: "Telefoonnummer van het account",
    phoneExample: "+31 6 12345678",
    phoneProblem: "Schrijf het nummer met + en de landcode, zoals +31 6 12345678.",
    getCode: "Code ophalen",
    trouble: "Weigert de telefoon een apparaat te koppelen?",
    troubleHelp:
      "De dienst weigert nieuwe apparaten soms een tijdje, vaak na meerdere pogingen. Wacht een paar uur voordat je het opnieuw probeert: elke poging kan het langer laten duren.",
    linking: {
      qr: "Gescand. Koppelen: laat de telefoon open staan",
      code: "De code is gebruikt. Koppelen: laat de telefoon open staan",
    },
    linkingHelp: "Dit duurt hoogstens een halve minuut.",
    linked: (self) => (self === undefined ? "Gekoppeld" : `Gekoppeld als ${self}`),
    linkedHelp: "Schrijf eraan vanaf de telefoon: het antwoord komt van de agent.",
    done: "Klaar",
    expired: "De code is niet op tijd gebruikt.",
    exhausted: "Alle codes zijn getoond en geen ervan is gebruikt.",
    cancelled: "Het koppelen is geannuleerd.",
    nothingChanged: "Er is niets gekoppeld.",
    again: "Nieuwe code ophalen",
    refused: (channel) => `${channel} weigerde te koppelen`,
    notLinked: "Het account is niet gekoppeld",
    alreadyLinked: "Er is al een account gekoppeld",
    busy: "Er wordt al gekoppeld vanuit een ander programma",
    holder: (client, time) =>
      `${client ?? "Een programma"}${time === undefined ? "" : `, sinds ${time}`}. Wacht tot het klaar is, of annuleer het daar.`,
    lost: "De verbinding met de gateway is verbroken",
    lostLinking:
      "De telefoon had al toegestemd, dus misschien is het account gekoppeld. Dat blijkt zodra de gateway weer antwoordt.",
    lostCode: "De code geldt niet meer.",
    retry: "Opnieuw proberen",
  },

  settings: {
    sections: {
      look: "Uiterlijk",
      conversation: "In gesprekken",
      keys: "Toetsen",
      session: "Het geopende gesprek",
      gateway: "Deze gateway",
      about: "Over",
    },
    names: {
      theme: "Thema",
      language: "Taal",
      hours: "Klok",
      timeZone: "Tijdzone",
      tools: "Handelingen",
      announce: "Schermlezer zegt van een antwoord",
      notify: "Meld antwoorden",
      enter: "Enter",
      shortcuts: "Sneltoetsen",
    },
    choices: {
      theme: { system: "Zoals het systeem", light: "Licht", dark: "Donker" },
      hours: { locale: "Zoals hier gebruikelijk", "12": "12 uur", "24": "24 uur" },
      tools: { summary: "Eén regel", full: "Met details", hidden: "Verborgen" },
      announce: { whole: "Alles", first: "De eerste zin", off: "Niets" },
      enter: { send: "Verstuurt", newline: "Maakt een nieuwe regel" },
    },
    asBrowser: "Zoals de browser",
    asDevice: "Zoals dit apparaat",
    languageMissing: "Deze taal kon niet worden geladen. Het wordt opnieuw geprobeerd.",
    shortcutsHelp: "Losse toetsen die buiten een veld iets doen, zoals / en ?.",
    notifyHelp: {
      default: "Als de pagina niet te zien is. De browser vraagt eerst je toestemming.",
      granted: "Als de pagina niet te zien is.",
      denied:
        "De browser blokkeert meldingen van dit adres. Sta ze toe in zijn instellingen voor deze site en vink het vakje dan opnieuw aan.",
      missing: "Deze browser kent geen meldingen.",
      insecure:
        "Browsers geven meldingen alleen aan pagina’s via https of op deze machine. Met een SSH-tunnel is het er een.",
    },
    nothingToExport: "Er is nog niets in gezegd.",
    forget: "Deze gateway vergeten…",
    forgetHelp: (host) => `Haalt uit deze browser weg wat die van ${host} bewaart.`,
    forgetAsk: (host, unsent) =>
      `Het token, de concepten en de open weergaven van ${host} uit deze browser verwijderen?${unsent === 0 ? "" : ` ${count(unsent, "bericht dat nog niet verstuurd is, gaat", "berichten die nog niet verstuurd zijn, gaan")} verloren.`} Gesprekken blijven op de gateway. Andere open tabbladen houden hun token tot ze gesloten worden.`,
    forgetYes: "Vergeten",
    page: "Pagina",
    gatewayOn: (host) => `Gateway op ${host}`,
    version: (version, commit) => (commit === "" ? version : `${version} (${commit})`),
    protocol: "Protocol",
    licences: "Licenties van waar de pagina van gemaakt is",
  },
}
