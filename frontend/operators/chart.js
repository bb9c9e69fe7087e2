/** The funnel by the minute: sixty bars, each stage within the one before. Pointer and arrow keys read one minute. */

import { byId, draw, make, say, set } from './dom.js';
import { MINUTES, STAGES, ceiling } from './figures.js';
import { STAGE, number, time } from './words.js';

/** @import { Totals } from './figures.js' */

const HEIGHT = 204;
const MARGIN = { top: 10, end: 4, bottom: 24, start: 36 };
const PLOT = HEIGHT - MARGIN.top - MARGIN.bottom;

/** The chart. It is drawn as wide as there is room. */
export class Chart {
  #svg = draw('svg', { class: 'chart', height: HEIGHT, 'aria-hidden': 'true' });
  #grid = draw('g', { class: 'grid' });
  #bars = draw('g', { class: 'bars-of-minutes' });
  #axis = draw('g', { class: 'axis' });
  #mark = draw('rect', { class: 'mark', y: MARGIN.top, height: PLOT, rx: 4 });
  #readout = make('p', { class: 'readout', 'aria-hidden': 'true', hidden: true });
  #reader = make('div', { class: 'reader', role: 'slider', tabindex: '0', 'aria-label': 'Minute', 'aria-valuemin': '0', 'aria-valuemax': String(MINUTES - 1), 'aria-describedby': 'plot-hint' });
  #empty = make('p', { class: 'empty', hidden: true }, 'No call or message was asked for within the hour. The next one stands here within seconds.');
  /** @type {Totals[]} */
  #minutes = [];
  #first = 0;
  /** The minute that is read, if one is. @type {number | null} */
  #at = null;
  #width = 0;

  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.#svg.append(this.#grid, this.#mark, this.#bars, this.#axis);
    this.#reader.append(this.#svg, this.#readout);
    parent.append(this.#reader, this.#empty);
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const bar = draw('g');
      for (const stage of STAGES) bar.append(draw('rect', { class: `bar-${stage}` }));
      this.#bars.append(bar);
    }
    new ResizeObserver(([entry]) => {
      const width = Math.round(entry?.contentRect.width ?? 0);
      if (width === this.#width) return;
      this.#width = width;
      this.#draw();
    }).observe(this.#reader);
    this.#reader.addEventListener('pointermove', (event) => this.#read(this.#minuteAt(event.offsetX)));
    this.#reader.addEventListener('pointerleave', () => this.#read(this.#hasFocus() ? this.#at : null));
    this.#reader.addEventListener('focus', () => this.#read(this.#at ?? MINUTES - 1));
    this.#reader.addEventListener('blur', () => this.#read(null));
    this.#reader.addEventListener('keydown', (event) => this.#key(event));
  }

  /** @param {Totals[]} minutes @param {number} first when the first begins */
  show(minutes, first) {
    this.#minutes = minutes;
    this.#first = first;
    this.#empty.hidden = minutes.some(({ asked }) => asked > 0);
    this.#draw();
  }

  #hasFocus() {
    return document.activeElement === this.#reader;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const at = this.#at ?? MINUTES - 1;
    const to = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, PageDown: at - 10, PageUp: at + 10, Home: 0, End: MINUTES - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#read(Math.min(MINUTES - 1, Math.max(0, to)));
  }

  /** @param {number} x */
  #minuteAt(x) {
    return Math.min(MINUTES - 1, Math.max(0, Math.floor((x - MARGIN.start) / this.#step())));
  }

  #step() {
    return (this.#width - MARGIN.start - MARGIN.end) / MINUTES;
  }

  /** @param {number | null} minute */
  #read(minute) {
    this.#at = minute;
    this.#mark.classList.toggle('shown', minute !== null);
    this.#readout.hidden = minute === null;
    const at = minute ?? MINUTES - 1;
    const counts = this.#minutes[at];
    const words = counts ? STAGES.map((stage) => `${number(counts[stage])} ${STAGE[stage]?.toLowerCase()}`) : [];
    const when = time(this.#first + at * 60_000);
    set(this.#reader, { 'aria-valuenow': at, 'aria-valuetext': [when, ...words].join(', ') });
    if (minute === null || !counts) return;
    const step = this.#step();
    set(this.#mark, { x: MARGIN.start + minute * step, width: step });
    this.#readout.replaceChildren(make('b', {}, when), ...STAGES.map((stage) => make('span', { class: `key key-${stage}` }, make('span', {}, STAGE[stage]), make('b', {}, number(counts[stage])))));
    this.#readout.classList.toggle('at-end', minute < MINUTES / 2);
  }

  #draw() {
    if (this.#width === 0) return;
    const [step, top] = [this.#step(), ceiling(Math.max(0, ...this.#minutes.map(({ asked }) => asked)))];
    set(this.#svg, { width: this.#width, viewBox: `0 0 ${this.#width} ${HEIGHT}` });
    const y = (/** @type {number} */ count) => MARGIN.top + PLOT - (count / top) * PLOT;
    const gap = Math.min(4, step * 0.28);
    this.#minutes.forEach((counts, minute) => {
      const bars = this.#bars.children[minute]?.children ?? [];
      STAGES.forEach((stage, index) => {
        const bar = bars[index];
        // One of many is still seen.
        const height = counts[stage] > 0 ? Math.max(2, (counts[stage] / top) * PLOT) : 0;
        if (bar) set(bar, { x: MARGIN.start + minute * step + gap / 2, width: Math.max(1, step - gap), y: MARGIN.top + PLOT - height, height, rx: Math.min(2, step / 4) });
      });
    });
    this.#grid.replaceChildren(
      ...[0, 0.5, 1].flatMap((part) => {
        const at = Math.round(y(top * part)) + 0.5;
        const label = draw('text', { x: MARGIN.start - 8, y: at + 4, 'text-anchor': 'end' });
        say(label, number(top * part));
        return [draw('line', { x1: MARGIN.start, x2: this.#width - MARGIN.end, y1: at, y2: at }), label];
      }),
    );
    this.#axis.replaceChildren(...this.#times(step));
    this.#read(this.#at);
  }

  /** A time under every tenth minute, or every twentieth where there is little room. @param {number} step */
  #times(step) {
    const every = step * 10 < 64 ? 20 : 10;
    const labels = [];
    for (let minute = 0; minute < MINUTES; minute += 1) {
      const at = this.#first + minute * 60_000;
      if (new Date(at).getMinutes() % every !== 0 || minute * step > this.#width - MARGIN.start - 76) continue;
      const label = draw('text', { x: MARGIN.start + (minute + 0.5) * step, y: HEIGHT - 6, 'text-anchor': minute < 2 ? 'start' : 'middle' });
      say(label, time(at));
      labels.push(label);
    }
    const now = draw('text', { x: this.#width - MARGIN.end, y: HEIGHT - 6, 'text-anchor': 'end', class: 'now' });
    say(now, 'now');
    return [...labels, now];
  }
}

/** The four sums above the chart, which are its legend. @param {Totals} sums @param {(part: number, whole: number) => number | null} share */
export function showTotals(sums, share) {
  const list = byId('totals');
  if (list.childElementCount === 0) {
    list.append(...STAGES.map((stage) => make('div', { class: `total key key-${stage}` }, make('dt', {}, STAGE[stage]), make('dd', { class: 'sum' }), make('dd', { class: 'of' }))));
  }
  const of = { asked: '', placed: 'of those asked for', answered: 'of those placed', verified: 'of those placed' };
  const before = { asked: 0, placed: sums.asked, answered: sums.placed, verified: sums.placed };
  STAGES.forEach((stage, index) => {
    const total = list.children[index];
    const [, sum, words] = total?.children ?? [];
    if (!sum || !words) return;
    const percent = share(sums[stage], before[stage]);
    say(sum, number(sums[stage]));
    say(words, stage === 'asked' ? 'calls and messages' : percent === null ? '–' : `${percent} % ${of[stage]}`);
  });
}
