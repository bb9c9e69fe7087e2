// The carriers beside the phone: how many calls each has placed, and a switch that takes one down.

import { carrierName } from './words.js';

const PROVIDERS = ['messagebird', 'twilio'];

/**
 * What a carrier that is down answers to everything. A refusal that promises that nothing was done: after silence or
 * a server error nobody could know whether a phone rings, so the service would not ask another carrier.
 */
const DOWN = { operation: 'any', fault: 'http_429', retry_after: 5, times: 4_000_000_000 };

const rows = new Map();

export function drawCarriers(list, template, failed) {
  for (const provider of PROVIDERS) {
    const row = template.content.firstElementChild.cloneNode(true);
    row.querySelector('.name').textContent = carrierName(provider);
    const button = row.querySelector('button');
    button.setAttribute('aria-label', `${carrierName(provider)}: Down`);
    button.addEventListener('click', () => turn(provider, button.getAttribute('aria-checked') !== 'true').catch(failed));
    rows.set(provider, row);
    list.append(row);
  }
}

/** Counts what is on the phone. */
export function countCalls(entries) {
  for (const [provider, row] of rows) {
    const count = entries.filter((entry) => entry.provider === provider).length;
    row.querySelector('.count').textContent = count === 0 ? 'no call yet' : count === 1 ? 'rang once' : `rang ${count} times`;
  }
}

/** Reads which carriers are down: somebody else may have taken them down. */
export async function readCarriers() {
  const armed = await (await fetch('/phone/faults', { cache: 'no-store' })).json();
  for (const [provider, row] of rows) {
    const down = armed.some((fault) => fault.provider === provider && fault.operation === DOWN.operation && fault.fault === DOWN.fault);
    row.querySelector('button').setAttribute('aria-checked', String(down));
    row.toggleAttribute('data-down', down);
  }
}

async function turn(provider, down) {
  const answer = down
    ? await fetch('/phone/faults', { method: 'PUT', body: JSON.stringify({ ...DOWN, provider }) })
    : await fetch(`/phone/faults?provider=${provider}`, { method: 'DELETE' });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  await readCarriers();
}
