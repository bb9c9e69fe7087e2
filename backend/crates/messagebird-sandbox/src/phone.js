// The phone page: lists, live events, ringing, reading aloud. What happens to a call is decided by
// the simulator; this page shows it and passes on what the person presses.

const ENDED = {
  answered: "Answered",
  busy: "Declined or busy",
  failed: "Not answered",
  machine: "Went to voicemail",
  sent: "On its way",
  delivered: "Delivered",
  delivery_failed: "Not delivered",
};

/** Every call and message known, by id, oldest first. */
const known = new Map();
/** The call that is open on the screen after it was answered, if any. */
let open = null;
/** Calls this page itself saw ringing: only they open by themselves when answered. */
const rang = new Set();

const $ = (id) => document.getElementById(id);
const calls = $("calls");
const history = $("history");
const announcer = $("announcer");

const isCall = (entry) => entry.channel === "voice";
const rings = (entry) => isCall(entry) && entry.status === "calling";
const number = (entry) => `+${entry.recipient}`;

/** A fresh copy of a template's one element. */
function copyOf(template) {
  return $(template).content.firstElementChild.cloneNode(true);
}

/** "nl-nl" → "nl-NL", "en-gb-wls" → "en-GB": what speech engines understand. */
function speechLanguage(language) {
  const [tongue = "en", region = ""] = (language ?? "en-gb").split("-");
  return region ? `${tongue}-${region.toUpperCase()}` : tongue;
}

/** Reads an entry aloud; the promise says whether the browser did. */
function readAloud(entry) {
  return new Promise((done) => {
    if (!("speechSynthesis" in window)) {
      done(false);
      return;
    }
    speechSynthesis.cancel();
    const utterance = new SpeechSynthesisUtterance(entry.text);
    utterance.lang = speechLanguage(entry.language);
    const voices = speechSynthesis.getVoices();
    const same = (voice, tag) => voice.lang.replace("_", "-").toLowerCase().startsWith(tag);
    utterance.voice =
      voices.find((voice) => same(voice, utterance.lang.toLowerCase())) ??
      voices.find((voice) => same(voice, utterance.lang.slice(0, 2))) ??
      null;
    utterance.rate = 0.9;
    // An engine without voices never says anything at all, not even that it failed.
    const patience = setTimeout(() => done(false), 3000);
    const finish = (spoken) => {
      clearTimeout(patience);
      done(spoken);
    };
    utterance.addEventListener("start", () => finish(true));
    utterance.addEventListener("error", () => finish(false));
    speechSynthesis.speak(utterance);
  });
}

async function speakInto(card, entry) {
  const hint = card.querySelector(".silent");
  hint.hidden = true;
  hint.hidden = await readAloud(entry);
}

async function press(entry, what) {
  const url = `/phone/messages/${encodeURIComponent(entry.id)}/${what}`;
  const response = await fetch(url, { method: "POST" }).catch(() => null);
  // Whatever the answer, the list knows best: the call may have ended a moment before.
  if (!response?.ok) await load();
}

function ringingCard(entry) {
  const card = copyOf("ringing-call");
  card.dataset.id = entry.id;
  card.querySelector(".avatar").textContent = "☎";
  card.querySelector(".who").textContent = number(entry);
  const label = (selector, verb) => {
    const button = card.querySelector(selector);
    button.setAttribute("aria-label", `${verb} the call to ${number(entry)}`);
    return button;
  };
  label(".answer", "Answer").addEventListener("click", () => {
    rang.add(entry.id);
    // Inside the click: browsers let a page speak only after the person has touched it.
    if ("speechSynthesis" in window) speechSynthesis.resume();
    press(entry, "answer");
  });
  label(".decline", "Decline").addEventListener("click", () => press(entry, "decline"));
  return card;
}

function answeredCard(entry) {
  const card = copyOf("answered-call");
  card.dataset.id = entry.id;
  card.querySelector(".who").textContent = number(entry);
  const said = card.querySelector(".said");
  said.textContent = entry.text;
  said.lang = speechLanguage(entry.language);
  card.querySelector(".read").addEventListener("click", () => speakInto(card, entry));
  card.querySelector(".hang-up").addEventListener("click", () => {
    if ("speechSynthesis" in window) speechSynthesis.cancel();
    open = null;
    render();
    $("messages-title").focus?.();
  });
  return card;
}

function historyEntry(entry) {
  const item = copyOf("history-entry");
  item.dataset.id = entry.id;
  item.dataset.channel = entry.channel;
  item.querySelector(".kind").textContent = isCall(entry) ? "Call to" : "Message to";
  item.querySelector(".who").textContent = number(entry);
  const time = item.querySelector("time");
  time.dateTime = entry.created_at;
  time.textContent = new Date(entry.created_at).toLocaleTimeString();
  const said = item.querySelector(".said");
  // A call that nobody took has told nobody its code.
  said.hidden = isCall(entry) && entry.status !== "answered" && entry.status !== "machine";
  said.textContent = entry.text;
  if (isCall(entry)) said.lang = speechLanguage(entry.language);
  item.querySelector(".state").textContent = ENDED[entry.status] ?? entry.status;
  const read = item.querySelector(".read");
  read.hidden = said.hidden || !isCall(entry);
  read.addEventListener("click", () => readAloud(entry));
  return item;
}

/** What a drawn entry shows; drawn again only when this changes, so that focus stays put. */
const face = (entry, kind) => `${kind}:${entry.status}`;

/** Makes a list show exactly these entries, in this order, keeping what is already right. */
function show(list, entries, kind, draw) {
  const drawn = new Map([...list.children].map((child) => [child.dataset.id, child]));
  const wanted = entries.map((entry) => {
    const old = drawn.get(entry.id);
    if (old?.dataset.face === face(entry, kind)) return old;
    const made = draw(entry);
    made.dataset.face = face(entry, kind);
    return made;
  });
  for (const child of drawn.values()) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, place) => {
    if (list.children[place] !== child) list.insertBefore(child, list.children[place] ?? null);
  });
}

function render() {
  const newestFirst = [...known.values()].reverse();
  const ringing = newestFirst.filter(rings);
  const shown = open && known.has(open) ? [known.get(open)] : [];
  const hadFocus = calls.contains(document.activeElement);
  show(calls, [...ringing, ...shown], "call", (entry) =>
    rings(entry) ? ringingCard(entry) : answeredCard(entry),
  );
  show(history, newestFirst.filter((entry) => !rings(entry)), "entry", historyEntry);
  $("nothing").hidden = known.size > 0;
  $("empty").hidden = known.size === 0;
  document.title = ringing.length > 0 ? `☎ ${number(ringing[0])} is ringing` : "The phone";
  // The button under the person's finger is gone: put them on what replaced it.
  if (hadFocus && !calls.contains(document.activeElement)) calls.querySelector(".read, .answer")?.focus();
}

/** Takes in a new or changed entry and does what a phone would: ring, or speak. */
function take(entry) {
  const before = known.get(entry.id);
  known.set(entry.id, entry);
  if (rings(entry)) {
    if (!rang.has(entry.id)) announcer.textContent = `Incoming call to ${number(entry)}`;
    rang.add(entry.id);
  } else if (isCall(entry) && entry.status === "answered" && rang.has(entry.id) && before?.status !== "answered") {
    open = entry.id;
    announcer.textContent = `Call to ${number(entry)} answered`;
  } else if (!isCall(entry) && !before) {
    announcer.textContent = `Message to ${number(entry)}: ${entry.text}`;
  }
  render();
  if (open === entry.id && before?.status === "calling") {
    speakInto(calls.querySelector(`[data-id="${CSS.escape(entry.id)}"]`), entry);
  }
}

/** Fetches the whole list: at start, after a reconnect, and when events were missed. */
async function load() {
  const response = await fetch("/phone/messages", { cache: "no-store" }).catch(() => null);
  if (!response?.ok) return;
  const entries = await response.json();
  const ids = new Set(entries.map((entry) => entry.id));
  for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
  // What was there before the page was opened is history; only a call that still rings is news.
  for (const entry of entries.reverse()) {
    if (known.has(entry.id) || rings(entry)) take(entry);
    else known.set(entry.id, entry);
  }
  render();
}

function setLine(state, words) {
  $("line").dataset.state = state;
  $("line").textContent = words;
}

function listen() {
  const events = new EventSource("/phone/events");
  events.addEventListener("open", () => {
    setLine("connected", "Waiting for calls");
    load();
  });
  events.addEventListener("error", () => {
    setLine("lost", "No connection, trying again…");
    // The browser retries by itself, unless the answer was final.
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
  const news = (event) => take(JSON.parse(event.data));
  events.addEventListener("message", news);
  events.addEventListener("status", news);
  events.addEventListener("missed", load);
  events.addEventListener("cleared", () => {
    known.clear();
    open = null;
    render();
  });
}

$("empty").addEventListener("click", () => fetch("/phone/messages", { method: "DELETE" }));
listen();
