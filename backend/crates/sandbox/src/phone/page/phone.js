// The phone page: shows calls and messages live, lets them be answered, declined and keyed into. All text from the
// server goes through textContent. What a call's state is, the server alone decides.

import { countCalls, drawCarriers, readCarriers } from './carriers.js';
import { canSpeak, hush, languageTag, ring, speak } from './sound.js';
import { NUMBERS, carrierName, grouped, readable } from './words.js';

const STATES = {
  calling: 'Incoming call', answered: 'Answered', failed: 'Missed call', busy: 'Busy or declined',
  machine: 'Voicemail picked up', canceled: 'Cancelled', sent: 'Message', delivered: 'Message',
  delivery_failed: 'Message not delivered',
};
const HEARD = ['answered', 'machine'];
const MISSED = ['failed', 'busy', 'canceled', 'delivery_failed'];
const KEYS = [...'123456789*0#'];

const byId = (id) => document.getElementById(id);
const list = byId('entries');
const shown = new Map(); // id → { entry, item }
let sound = false;
let changedWhileLoading = new Set();

// ---- what is on the screen

function show(entry, { live }) {
  const known = shown.get(entry.id);
  const item = known?.item ?? byId('entry').content.firstElementChild.cloneNode(true);
  shown.set(entry.id, { entry, item });
  if (!known) {
    item.querySelector('.answer').addEventListener('click', () => act(entry.id, 'answer'));
    item.querySelector('.decline').addEventListener('click', () => act(entry.id, 'decline'));
    item.querySelector('.again').addEventListener('click', () => read(entry.id));
    item.querySelector('.copy').addEventListener('click', (event) => copy(event.currentTarget, shown.get(entry.id).entry.code));
    for (const key of KEYS) item.querySelector('.keypad').append(button(key, () => act(entry.id, 'keys', { digits: key })));
    place(item, entry);
  }
  paint(item, entry);
  if (live) tell(entry, known?.entry);
  refresh();
}

function button(text, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', act);
  return made;
}

// Newest first, whatever order the news came in.
function place(item, entry) {
  item.dataset.at = entry.created_at;
  const older = [...list.children].find((other) => other.dataset.at <= entry.created_at);
  list.insertBefore(item, older ?? null);
}

function paint(item, entry) {
  const call = entry.channel === 'voice';
  const rings = entry.status === 'calling';
  const open = call ? HEARD.includes(entry.status) : entry.status !== 'delivery_failed';
  const find = (selector) => item.querySelector(selector);
  const article = find('article');
  article.dataset.channel = entry.channel;
  article.toggleAttribute('data-ringing', rings);
  article.toggleAttribute('data-missed', MISSED.includes(entry.status));
  find('.recipient').textContent = grouped(entry.recipient);
  find('.state').textContent = STATES[entry.status] ?? entry.status;
  find('.carrier').textContent = `via ${carrierName(entry.provider)}`;
  const time = find('time');
  time.dateTime = entry.created_at;
  time.textContent = new Date(entry.created_at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const text = find('.text');
  text.hidden = !open;
  text.textContent = open ? once(entry.text) : '';
  if (entry.language) text.lang = languageTag(entry.language);
  find('.code').hidden = !open || !entry.code;
  find('.digits').textContent = readable(entry.code);
  find('.code .visually-hidden').textContent = `Code ${[...entry.code].join(' ')}`;
  const keypad = find('.keypad');
  if (!entry.keypad && keypad.contains(document.activeElement)) find('.recipient').focus();
  keypad.hidden = !entry.keypad;
  toggle(find('.answer'), rings, `Answer the call to ${grouped(entry.recipient)}`);
  toggle(find('.decline'), rings, `Decline the call to ${grouped(entry.recipient)}`);
  toggle(find('.again'), call && open && canSpeak);
}

// A text that a call says twice is shown once.
function once(text) {
  const half = text.slice(0, (text.length - 1) / 2);
  return text.length % 2 === 1 && text === `${half} ${half}` ? half : text;
}

function toggle(button, visible, label) {
  const hadFocus = button === document.activeElement;
  button.hidden = !visible;
  if (label) button.setAttribute('aria-label', label);
  // The pressed button vanishes: focus stays with its call.
  if (hadFocus && !visible) button.closest('article').querySelector('.recipient').focus();
}

function refresh() {
  byId('nothing').hidden = shown.size > 0;
  countCalls([...shown.values()].map(({ entry }) => entry));
  const ringing = list.querySelector('[data-ringing]') !== null;
  cover(ringing);
  ring(ringing && sound);
  document.title = ringing ? '☎ Incoming call · Ringproof phone' : 'Ringproof phone';
}

// The newest call that rings fills the screen: whatever it covers cannot be reached meanwhile.
function cover(ringing) {
  const top = list.querySelector('li:has([data-ringing])');
  for (const item of list.children) item.inert = ringing && item !== top;
  if (ringing) byId('screen').scrollTop = 0;
  byId('screen').classList.toggle('covered', ringing);
}

function forget(keep) {
  for (const [id, { item }] of shown) {
    if (keep.has(id)) continue;
    item.remove();
    shown.delete(id);
  }
  refresh();
}

async function copy(button, text) {
  const before = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    byId('news').textContent = 'Copied';
    button.textContent = 'Copied';
  } catch {
    byId('news').textContent = 'This browser does not let the page copy.';
  }
  setTimeout(() => { button.textContent = before === 'Copied' ? 'Copy' : before; }, 1500);
}

// ---- what is heard

function tell(entry, before) {
  const news = byId('news');
  if (entry.status === 'calling' && before?.status !== 'calling') {
    news.textContent = `Incoming call to ${grouped(entry.recipient)}`;
  } else if (entry.channel !== 'voice' && before === undefined) {
    news.textContent = `New message to ${grouped(entry.recipient)}: ${entry.text}`;
  } else if (entry.status === 'answered' && before?.status !== 'answered') {
    news.textContent = entry.keypad ? `Call answered. ${entry.text}` : 'Call answered';
    if (sound) read(entry.id);
  } else if (entry.status === 'answered' && before && entry.text !== before.text) {
    const more = entry.text.startsWith(before.text) ? entry.text.slice(before.text.length).trim() : entry.text;
    news.textContent = once(more);
    if (sound) read(entry.id, more);
  }
}

function read(id, part) {
  const found = shown.get(id);
  if (!found) return;
  const note = found.item.querySelector('.note');
  note.hidden = true;
  speak(part ?? found.entry.text, found.entry.language, (tag) => {
    note.textContent = `This browser has no voice for ${tag}; the call says what is written above.`;
    note.hidden = false;
  });
}

function setSound(on) {
  sound = on;
  byId('sound').textContent = on ? 'Turn sound off' : 'Turn sound on';
  if (!on) hush();
  refresh();
}

// ---- talking to the simulator

const offline = () => connection('The simulator does not answer.');

async function act(id, what, body) {
  // Pressing a button is the touch that browsers want before they make a sound.
  if (what === 'answer' && !sound) setSound(true);
  try {
    const path = `/phone/messages/${encodeURIComponent(id)}/${what}`;
    const answer = await fetch(path, { method: 'POST', body: body && JSON.stringify(body) });
    if (!answer.ok) await load();
  } catch {
    offline();
  }
}

async function load() {
  changedWhileLoading = new Set();
  const answer = await fetch('/phone/messages', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const entries = await answer.json();
  await readCarriers();
  forget(new Set([...entries.map((entry) => entry.id), ...changedWhileLoading]));
  for (const entry of entries) {
    // The list is history, except for what rings right now.
    if (!changedWhileLoading.has(entry.id)) show(entry, { live: entry.status === 'calling' });
  }
}

function connection(text) {
  if (byId('connection').textContent !== text) byId('connection').textContent = text;
}

function listen() {
  const events = new EventSource('/phone/events');
  const reload = () => load().then(() => connection('Ready. Calls and messages arrive here live.'), offline);
  // Events are not replayed: whatever happened while away is in the list.
  events.addEventListener('open', reload);
  events.addEventListener('missed', reload);
  for (const name of ['message', 'status']) {
    events.addEventListener(name, (event) => {
      const entry = JSON.parse(event.data);
      changedWhileLoading.add(entry.id);
      show(entry, { live: true });
    });
  }
  events.addEventListener('cleared', () => forget(new Set()));
  events.addEventListener('error', () => {
    connection('Connection lost. Trying again…');
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
}

function tick() {
  const now = new Date();
  byId('clock').textContent = now.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  setTimeout(tick, 60_000 - (now.getTime() % 60_000));
}

// Only the demo knows a page that calls this phone.
async function linkToPage() {
  const { page } = await (await fetch('/phone/about')).json();
  if (!page) return;
  byId('page').hidden = false;
  byId('page').firstElementChild.href = page;
}

for (const { number, what } of NUMBERS) {
  const row = byId('number').content.firstElementChild.cloneNode(true);
  const pressed = row.querySelector('button');
  pressed.textContent = grouped(number);
  pressed.addEventListener('click', () => copy(pressed, grouped(number)));
  row.querySelector('span').textContent = what;
  byId('number-list').append(row);
}
drawCarriers(byId('carrier-list'), byId('carrier'), offline);
linkToPage().catch(offline);
tick();
byId('sound').addEventListener('click', () => setSound(!sound));
byId('empty').addEventListener('click', () => fetch('/phone/messages', { method: 'DELETE' }).catch(() => {}));
listen();
