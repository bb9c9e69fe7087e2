// What is heard: two soft tones while a call rings, and a voice that reads a text. When, is the page's business.

// Missing in some browsers; the text is shown in any case.
const speech = window.speechSynthesis ?? null;
let audio = null;

export const canSpeak = speech !== null;

/** Reads a text aloud; `silent` is told the language that this browser has no voice for. */
export function speak(text, language, silent) {
  if (!speech) return;
  const tag = languageTag(language);
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.lang = tag;
  utterance.rate = 0.9;
  const voices = speech.getVoices();
  const base = tag.split('-')[0];
  utterance.voice = voices.find((v) => v.lang.replace('_', '-') === tag)
    ?? voices.find((v) => v.lang.replace('_', '-').split('-')[0] === base) ?? null;
  utterance.onerror = (event) => {
    if (!['canceled', 'interrupted'].includes(event.error)) silent(tag);
  };
  if (!utterance.voice) silent(tag);
  speech.cancel();
  speech.speak(utterance);
}

export function hush() {
  speech?.cancel();
}

// A second on and two off, made here: no file to fetch.
export function ring(wanted) {
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

// MessageBird says nl-nl and en-gb-wls, TwiML cmn-CN and yue-HK; browsers know nl-NL, en-GB, zh-CN and zh-HK.
export function languageTag(code) {
  const [language, region] = (code || 'en-GB').split('-');
  const known = { cmn: 'zh', yue: 'zh' }[language] ?? language;
  return region ? `${known}-${region.toUpperCase()}` : known;
}
