// The phone page: shows calls and messages live, rings, reads calls aloud. All text from the server
// goes through textContent. What a call's state is, the server alone decides.

const STATES = {
  calling: 'Incoming call', answered: 'Answered', failed: 'Missed call', busy: 'Busy or declined',
  machine: 'Voicemail picked up', sent: 'Message', delivered: 'Message',
  delivery_failed: 'Message not delivered',
};
const HEARD = ['answered', 'machine'];
const MISSED = ['failed', 'busy', 'delivery_failed'];

// Missing in some browsers; the text is shown in any case.
const speech = window.speechSynthesis ?? null;

const byId = (id) => document.getElementById(id);
const list = byId('entries');
const shown = new Map(); // id → { entry, item }
let sound = false;
let audio = null;
let changedWhileLoading = new Set();

// ---- what is on the screen

function show(entry, { live }) {
  const known = shown.get(entry.id);
  const item = known?.item ?? byId('entry').content.firstElementChild.cloneNode(true);
  shown.set(entry.id, { entry, item });
  if (!known) {
    item.querySelector('.answer').addEventListener('click', () => decide(entry.id, 'answer'));
    item.querySelector('.decline').addEventListener('click', () => decide(entry.id, 'decline'));
    item.querySelector('.again').addEventListener('click', () => speak(entry.id));
    place(item, entry);
  }
  paint(item, entry);
  if (live && known?.entry.status !== entry.status) tell(entry, known?.entry.status);
  refresh();
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
  const readable = call ? HEARD.includes(entry.status) : entry.status !== 'delivery_failed';
  const article = item.querySelector('article');
  article.dataset.channel = entry.channel;
  article.toggleAttribute('data-ringing', rings);
  article.toggleAttribute('data-missed', MISSED.includes(entry.status));
  item.querySelector('.recipient').textContent = numberOf(entry);
  item.querySelector('.state').textContent = STATES[entry.status] ?? entry.status;
  const time = item.querySelector('time');
  time.dateTime = entry.created_at;
  time.textContent = new Date(entry.created_at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const text = item.querySelector('.text');
  text.hidden = !readable;
  text.textContent = readable ? entry.text : '';
  if (entry.language) text.lang = languageTag(entry.language);
  toggle(item.querySelector('.answer'), rings, `Answer the call to ${numberOf(entry)}`);
  toggle(item.querySelector('.decline'), rings, `Decline the call to ${numberOf(entry)}`);
  toggle(item.querySelector('.again'), call && readable && speech !== null);
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

// ---- what is heard

function tell(entry, before) {
  const news = byId('news');
  if (entry.status === 'calling') {
    news.textContent = `Incoming call to ${numberOf(entry)}`;
  } else if (entry.channel !== 'voice' && before === undefined) {
    news.textContent = `New message to ${numberOf(entry)}: ${entry.text}`;
  } else if (entry.status === 'answered') {
    news.textContent = 'Call answered';
    if (sound) speak(entry.id);
  }
}

function speak(id) {
  const found = shown.get(id);
  if (!found || !speech) return;
  const tag = languageTag(found.entry.language);
  const utterance = new SpeechSynthesisUtterance(found.entry.text);
  utterance.lang = tag;
  utterance.rate = 0.9;
  const voices = speech.getVoices();
  const base = tag.split('-')[0];
  utterance.voice = voices.find((v) => v.lang.replace('_', '-') === tag)
    ?? voices.find((v) => v.lang.replace('_', '-').split('-')[0] === base) ?? null;
  const note = found.item.querySelector('.note');
  const silent = () => {
    note.textContent = `This browser has no voice for ${tag}; the call says what is written above.`;
    note.hidden = false;
  };
  note.hidden = true;
  utterance.onerror = (event) => {
    if (!['canceled', 'interrupted'].includes(event.error)) silent();
  };
  if (!utterance.voice) silent();
  speech.cancel();
  speech.speak(utterance);
}

// Two soft tones, a second on and two off, made here: no file to fetch.
function ring(wanted) {
  if (wanted && !audio) {
    try {
      audio = new AudioContext();
    } catch {
      return; // A machine without sound still rings on the screen.
    }
    const gain = audio.createGain();
    gain.gain.value = 0;
    gain.connect(audio.destination);
    for (const frequency of [400, 450]) {
      const tone = audio.createOscillator();
      tone.frequency.value = frequency;
      tone.connect(gain);
      tone.start();
    }
    for (let at = audio.currentTime, n = 0; n < 40; n += 1, at += 3) {
      gain.gain.setTargetAtTime(0.06, at, 0.02);
      gain.gain.setTargetAtTime(0, at + 1, 0.02);
    }
  } else if (!wanted && audio) {
    audio.close();
    audio = null;
  }
}

function setSound(on) {
  sound = on;
  byId('sound').setAttribute('aria-pressed', String(on));
  if (!on) speech?.cancel();
  refresh();
}

// ---- talking to the simulator

async function decide(id, act) {
  // Pressing a button is the touch that browsers want before they make a sound.
  if (act === 'answer' && !sound) setSound(true);
  try {
    const answer = await fetch(`/phone/messages/${encodeURIComponent(id)}/${act}`, { method: 'POST' });
    if (!answer.ok) await load();
  } catch {
    connection('The simulator does not answer.');
  }
}

async function load() {
  changedWhileLoading = new Set();
  const answer = await fetch('/phone/messages', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const entries = await answer.json();
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
  const reload = () => load().then(
    () => connection('Ready. Calls and messages arrive here live.'),
    () => connection('The simulator does not answer.'),
  );
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

function numberOf(entry) {
  return /^\d+$/.test(entry.recipient) ? `+${entry.recipient}` : entry.recipient;
}

// The wire says nl-nl and en-gb-wls; browsers know nl-NL and en-GB.
function languageTag(code) {
  const [language, region] = (code ?? 'en-gb').split('-');
  return region ? `${language}-${region.toUpperCase()}` : language;
}

function tick() {
  const now = new Date();
  byId('clock').textContent = now.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  setTimeout(tick, 60_000 - (now.getTime() % 60_000));
}

tick();
byId('sound').addEventListener('click', () => setSound(!sound));
byId('empty').addEventListener('click', () => fetch('/phone/messages', { method: 'DELETE' }).catch(() => {}));
listen();
